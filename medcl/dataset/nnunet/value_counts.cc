// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/nnunet/value_counts.h"

#include <algorithm>
#include <bit>
#include <utility>
#include <vector>

namespace medcl {
namespace {

constexpr int kMostBits = 23;  // of the mantissa

}  // namespace

float ValueCounts::rounded(float value) const {
  const auto bits = std::bit_cast<std::uint32_t>(value) >> lost_bits_ << lost_bits_;
  return std::bit_cast<float>(bits);
}

void ValueCounts::add(float value) {
  value += 0.0F;  // no negative zero
  if (empty()) least_ = most_ = value;
  least_ = std::min(least_, value);
  most_ = std::max(most_, value);
  moments_.add(value);
  ++counts_[rounded(value)];
  while (counts_.size() > most_kept_ && lost_bits_ < kMostBits) lose_a_bit();
}

void ValueCounts::lose_a_bit() {
  ++lost_bits_;
  std::unordered_map<float, std::int64_t> fewer;
  for (const auto& [value, count] : counts_) fewer[rounded(value)] += count;
  counts_ = std::move(fewer);
}

double ValueCounts::percentile(double percent) const {
  std::vector<std::pair<float, std::int64_t>> sorted(counts_.begin(), counts_.end());
  std::ranges::sort(sorted);
  const auto value_at = [&](std::int64_t rank) {
    for (const auto& [value, count] : sorted) {
      if (rank < count) return std::clamp(value, least_, most_);
      rank -= count;
    }
    return most_;
  };
  const double rank = percent / 100 * (moments_.count - 1);
  const auto below = static_cast<std::int64_t>(rank);
  const double low = value_at(below), fraction = rank - static_cast<double>(below);
  return fraction == 0 ? low : low + fraction * (value_at(below + 1) - low);
}

}  // namespace medcl
