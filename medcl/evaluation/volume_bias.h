// SPDX-License-Identifier: Apache-2.0
#pragma once

// Does a model make a structure too large or too small? Dice does not tell.

#include <cstdint>
#include <string>
#include <vector>

#include "medcl/evaluation/evaluate.h"

namespace medcl {

/// How predicted volumes of one foreground class differ from the reference, over the cases whose
/// reference has it.
struct VolumeBias {
  std::int64_t cases = 0, larger = 0,
               smaller = 0;  ///< predicted larger, smaller than the reference
  double mean_ml = 0;        ///< predicted minus reference; NaN without cases
  double mean_percent = 0;   ///< mean of 100 * difference / reference
  /// Whether there is a bias to speak of: at least three cases, 10 % off on average, and nine
  /// tenths of the cases the same way.
  [[nodiscard]] bool is_systematic() const;
};

/// The bias of every foreground class, in the order of the label map.
std::vector<VolumeBias> volume_bias(const Summary& summary);

/// The bias in words: "LV: predicted 23 % too large on average (+12.3 ml), too large in 5 of 5
/// cases"; `name` is the class, and the volume is told in `units`. Empty when the bias is not
/// systematic.
std::string systematic_text(const VolumeBias& bias, const std::string& name,
                            const Units& units = {});

}  // namespace medcl
