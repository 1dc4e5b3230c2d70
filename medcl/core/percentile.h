// SPDX-License-Identifier: Apache-2.0
#pragma once

// Percentiles with linear interpolation between order statistics, as numpy.percentile.

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

namespace medcl {

/// The value below which `percent` (0 to 100) of the values lie. `values` must not be empty. Linear
/// time.
template <typename T>
T percentile(std::vector<T> values, double percent) {
  const double rank = percent / 100 * static_cast<double>(values.size() - 1);
  const auto below = values.begin() + static_cast<std::ptrdiff_t>(rank);
  std::nth_element(values.begin(), below, values.end());
  const double fraction = rank - static_cast<double>(below - values.begin());
  if (fraction == 0) {
    return *below;
  }
  const double low = static_cast<double>(*below);
  const double high = static_cast<double>(*std::min_element(below + 1, values.end()));
  return static_cast<T>(low + fraction * (high - low));
}

/// percentile for values that must not lie in memory twice: reads them three times instead.
/// They must not be NaN.
float percentile_in_place(std::span<const float> values, double percent);

}  // namespace medcl
