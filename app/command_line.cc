// SPDX-License-Identifier: Apache-2.0
#include "app/command_line.h"

#include <unistd.h>

#include <cstdio>

#include "app/console.h"
#include "medcl/core/display_text.h"
#include "medcl/core/shell_word.h"

namespace medcl {

void print_command(const std::string& label, const std::vector<std::string>& words) {
  constexpr std::size_t kBackslash = 2;
  const std::size_t width = width_of(STDOUT_FILENO);
  std::string text, line = label + ":";
  for (const std::string& word : words) {
    const std::string shown = shell_word(word);
    if (display_width(line) + 1 + display_width(shown) + kBackslash > width) {
      text += line + " \\\n";
      line = "   ";
    }
    line += " " + shown;
  }
  clear_status();
  std::printf("%s%s\n", text.c_str(), line.c_str());
}

}  // namespace medcl
