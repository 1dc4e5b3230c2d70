// SPDX-License-Identifier: Apache-2.0
#pragma once

// Moments and percentiles of numbers that are seen one by one and are too many to keep.

#include <cstddef>
#include <cstdint>
#include <unordered_map>

#include "medcl/dataset/moments.h"

namespace medcl {

/// Counts how often each number occurs. Images have few different intensities; where there are more
/// than `most_kept`, numbers lose bits, from the last one on, until there are not.
class ValueCounts {
 public:
  explicit ValueCounts(std::size_t most_kept = std::size_t{1} << 20) : most_kept_(most_kept) {}

  /// `value` is finite.
  void add(float value);
  [[nodiscard]] bool empty() const { return moments_.count == 0; }
  [[nodiscard]] const Moments& moments() const { return moments_; }
  /// As percentile() (core/percentile.h) of all numbers, rounded towards 0 to the bits that are
  /// left; the extremes are exact. There is at least one number.
  [[nodiscard]] double percentile(double percent) const;
  [[nodiscard]] float least() const { return least_; }
  [[nodiscard]] float most() const { return most_; }

 private:
  [[nodiscard]] float rounded(float value) const;
  void lose_a_bit();

  std::size_t most_kept_;
  int lost_bits_ = 0;
  float least_ = 0, most_ = 0;
  Moments moments_;
  std::unordered_map<float, std::int64_t> counts_;
};

}  // namespace medcl
