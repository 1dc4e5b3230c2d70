// SPDX-License-Identifier: Apache-2.0
#include "medcl/report/table.h"

#include <cmath>
#include <cstdio>

#include "medcl/core/error.h"

namespace medcl {
void check_shape(const Table& table) {
  for (const auto& row : table.rows) {
    check(row.size() == table.header.size(), "a table row has as many cells as the header");
  }
}

std::string number_text(double value, int digits) {
  if (!std::isfinite(value)) return "-";
  char text[64];
  std::snprintf(text, sizeof(text), "%.*f", digits, value);
  return text;
}

std::string mean_sd_text(double mean, double sd, int digits) {
  std::string text = number_text(mean, digits);
  if (std::isfinite(mean) && std::isfinite(sd)) text += " ± " + number_text(sd, digits);
  return text;
}

}  // namespace medcl
