// SPDX-License-Identifier: Apache-2.0
#pragma once

// For tests that run over all methods.

#include <map>
#include <string>
#include <vector>

namespace medcl {

/// Settings with which everything that method `name` does begins within its first steps, and whose
/// modules are small.
inline std::vector<std::string> early_and_small(const std::string& name) {
  static const std::map<std::string, std::vector<std::string>> kOf{
      {"medcl", {"mapping.prototypes=8"}},
      {"cvir", {"cvir.warm_steps=1"}},
      {"shapepu", {"shapepu.from_step=1"}}};
  const auto found = kOf.find(name);
  return found == kOf.end() ? std::vector<std::string>{} : found->second;
}

}  // namespace medcl
