// SPDX-License-Identifier: Apache-2.0
#pragma once

// From the values of loose label files to the classes of a dataset.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "medcl/dataset/label_map.h"

namespace medcl {

struct LabelMeaning {
  LabelMap labels;  ///< values 0..m, ignore m + 1 where it is used
  std::map<std::int32_t, std::int32_t> new_from_old;  ///< every value of the files
};

/// What the values mean: as `pairs` say ("200=MYO", "4=background", "MYO=scar"), else the name that
/// goes with the file, else "label 200"; 0 is background unless a pair says otherwise. A class by
/// two values has both.
/// @throws Error(kUsage) naming the pair, or a class that no value of the files is;
///         Error(kInvalidData) when no class is left.
LabelMeaning meaning_of_values(const std::map<std::int32_t, std::int64_t>& voxels,
                               const std::map<std::int32_t, std::string>& names,
                               const std::vector<std::string>& pairs);

/// Gives the map an ignore value if it has none, and returns it.
std::int32_t ignore_of(LabelMap& labels);

}  // namespace medcl
