// SPDX-License-Identifier: Apache-2.0
#pragma once

// Whether the tensors of one file fit those of another, and the names under which they do.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "medcl/format/json.h"
#include "medcl/format/safetensors.h"

namespace medcl {

using TensorMap = std::map<std::string, TensorView>;

struct TensorReport {
  struct Misshaped {
    std::string name, expected, found;  ///< shapes as "2 x 3"
  };
  std::vector<std::string> missing;     ///< wanted, not given
  std::vector<std::string> unexpected;  ///< given, not wanted
  std::vector<Misshaped> misshaped;

  /// Everything that is wanted is there.
  [[nodiscard]] bool fits() const { return missing.empty() && misshaped.empty(); }
  [[nodiscard]] Json to_json() const;
};

/// Compares names and shapes; types may differ.
TensorReport compare_tensors(const TensorMap& given, const TensorMap& wanted);

/// Tensors under other names: without `prefix`, canonical names; with it, names that begin with it
/// lose it and the others stay. @throws Error(kUsage) when no name begins with it, or two names
/// become one.
TensorMap rename_tensors(const TensorMap& tensors, const std::optional<std::string>& prefix,
                         const std::string& where);

std::string shape_text(const std::vector<std::int64_t>& shape);  ///< "2 x 3", "scalar"
std::int64_t element_count(const TensorMap& tensors);

}  // namespace medcl
