// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/percentile.h"

#include <bit>
#include <cstdint>
#include <limits>

namespace medcl {
namespace {

constexpr std::uint32_t kSign = std::uint32_t{1} << 31;
constexpr std::size_t kBuckets = std::size_t{1} << 16;

/// Unsigned numbers in the order of the floats.
std::uint32_t key_of(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  return (bits & kSign) != 0 ? ~bits : bits | kSign;
}

float value_of(std::uint32_t key) {
  return std::bit_cast<float>((key & kSign) != 0 ? key & ~kSign : ~key);
}

struct Place {
  std::uint32_t bucket = 0;
  std::uint64_t before = 0, inside = 0;  ///< values in the buckets before it, and in it
};

/// The bucket that holds the value of this rank.
Place find(const std::vector<std::uint64_t>& counts, std::uint64_t rank) {
  Place place;
  while (place.before + counts[place.bucket] <= rank) {
    place.before += counts[place.bucket++];
  }
  place.inside = counts[place.bucket];
  return place;
}

/// Smallest key above `key`.
std::uint32_t next_key(std::span<const float> values, std::uint32_t key) {
  std::uint32_t next = std::numeric_limits<std::uint32_t>::max();
  for (const float value : values) {
    const std::uint32_t other = key_of(value);
    next = other > key && other < next ? other : next;
  }
  return next;
}

}  // namespace

float percentile_in_place(std::span<const float> values, double percent) {
  const double exact_rank = percent / 100 * static_cast<double>(values.size() - 1);
  const auto rank = static_cast<std::uint64_t>(exact_rank);
  const double fraction = exact_rank - static_cast<double>(rank);

  std::vector<std::uint64_t> counts(kBuckets, 0);
  for (const float value : values) {
    ++counts[key_of(value) >> 16];
  }
  const Place high = find(counts, rank);
  std::fill(counts.begin(), counts.end(), 0);
  for (const float value : values) {
    const std::uint32_t key = key_of(value);
    counts[key & 0xFFFF] += key >> 16 == high.bucket ? 1 : 0;
  }
  const Place low = find(counts, rank - high.before);
  const std::uint32_t key = high.bucket << 16 | low.bucket;
  const bool repeated = rank - high.before - low.before + 1 < low.inside;
  if (fraction == 0 || repeated) {
    return value_of(key);
  }
  const double below = static_cast<double>(value_of(key));
  const double above = static_cast<double>(value_of(next_key(values, key)));
  return static_cast<float>(below + fraction * (above - below));
}

}  // namespace medcl
