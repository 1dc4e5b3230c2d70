// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/label_form.h"

#include <algorithm>

namespace medcl {

bool is_from_number_to_name(const Json& labels) {
  if (!labels.is_object() || labels.empty()) return false;
  const auto items = labels.items();
  return std::all_of(items.begin(), items.end(), [](const auto& one) {
    const bool number = one.key().find_first_not_of("0123456789") == std::string::npos;
    return number && one.value().is_string();
  });
}

}  // namespace medcl
