// SPDX-License-Identifier: Apache-2.0
#include "app/table.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "medcl/core/display_text.h"

namespace medcl {

void print_table(const Table& table, const CellInk& ink) {
  TextLayout layout;
  layout.width = width_of(STDOUT_FILENO);
  if (ink) {
    layout.paint = [&ink](const std::string& cell, std::size_t row, std::size_t column) {
      return inked(cell, ink(row, column), STDOUT_FILENO);
    };
  }
  clear_status();
  std::fputs(to_text(table, layout).c_str(), stdout);
}

void print_wrapped(const std::string& text, std::size_t indent, std::size_t hanging) {
  clear_status();
  const std::size_t width = width_of(STDOUT_FILENO);
  indent = std::min(indent, width / 2);
  hanging = display_width(text) + indent > width ? hanging : 0;
  std::size_t margin = indent;
  for (const std::string& line : wrap(text, width - indent - hanging)) {
    std::printf("%s%s\n", std::string(margin, ' ').c_str(), line.c_str());
    margin = indent + hanging;
  }
}

}  // namespace medcl
