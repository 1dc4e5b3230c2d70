// SPDX-License-Identifier: Apache-2.0
#pragma once

// Mean and spread of numbers that are seen one by one.

#include <algorithm>
#include <cmath>

namespace medcl {

struct Moments {
  double count = 0, sum = 0, squares = 0;

  void add(double value) {
    ++count;
    sum += value;
    squares += value * value;
  }
  /// Of at least one number.
  [[nodiscard]] double mean() const { return sum / count; }
  /// The sum of the squared differences from the mean; of at least one number.
  [[nodiscard]] double scatter() const { return std::max(0.0, squares - sum * sum / count); }
  /// Standard deviation (ddof 0) of at least one number.
  [[nodiscard]] double deviation() const { return std::sqrt(scatter() / count); }
};

}  // namespace medcl
