// SPDX-License-Identifier: Apache-2.0
#include "medcl/engine/data_changes.h"

#include <algorithm>
#include <vector>

namespace medcl {
namespace {

constexpr std::size_t kNamesShown = 3;

/// "a, b and 2 more" with the verb; empty without names.
std::string phrase(const std::vector<std::string>& names, const std::string& what) {
  if (names.empty()) return "";
  std::string text;
  for (std::size_t n = 0; n < std::min(names.size(), kNamesShown); ++n) {
    text += (n == 0 ? "" : ", ") + names[n];
  }
  if (names.size() > kNamesShown) {
    text += " and " + std::to_string(names.size() - kNamesShown) + " more";
  }
  return text + " " + what;
}

}  // namespace

std::string data_changes(const Json& before, const Json& now) {
  std::vector<std::string> changed, gone, added;
  const Json earlier = before.is_object() ? before : Json::object();
  for (const auto& [name, hash] : now.items()) {
    if (!earlier.contains(name)) {
      added.push_back(name);
    } else if (earlier.at(name) != hash) {
      changed.push_back(name);
    }
  }
  for (const auto& [name, hash] : earlier.items()) {
    if (!now.contains(name)) gone.push_back(name);
  }
  std::string text;
  for (const std::string& part :
       {phrase(changed, "changed"), phrase(gone, "gone"), phrase(added, "not there before")}) {
    if (!part.empty()) text += (text.empty() ? "" : "; ") + part;
  }
  return text;
}

}  // namespace medcl
