// SPDX-License-Identifier: Apache-2.0
#include "medcl/image/components.h"

#include <gtest/gtest.h>

#include <cmath>
#include <deque>

#include "medcl/core/random.h"

namespace medcl {
namespace {

/// Flood fill, the plain way.
std::vector<std::int32_t> flooded(const std::vector<std::uint8_t>& mask, const Size3& size,
                                  bool full) {
  std::vector<std::int32_t> label(mask.size(), 0);
  std::int32_t count = 0;
  for (std::size_t seed = 0; seed < mask.size(); ++seed) {
    if (mask[seed] == 0 || label[seed] != 0) {
      continue;
    }
    label[seed] = ++count;
    std::deque<std::int64_t> queue{static_cast<std::int64_t>(seed)};
    while (!queue.empty()) {
      const std::int64_t at = queue.front();
      queue.pop_front();
      const std::int64_t i = at % size[0], j = at / size[0] % size[1], k = at / (size[0] * size[1]);
      for (std::int64_t c = k - 1; c <= k + 1; ++c) {
        for (std::int64_t b = j - 1; b <= j + 1; ++b) {
          for (std::int64_t a = i - 1; a <= i + 1; ++a) {
            const bool face = std::abs(a - i) + std::abs(b - j) + std::abs(c - k) == 1;
            if (a < 0 || b < 0 || c < 0 || a >= size[0] || b >= size[1] || c >= size[2] ||
                !(face || full)) {
              continue;
            }
            const auto other = static_cast<std::size_t>((c * size[1] + b) * size[0] + a);
            if (mask[other] != 0 && label[other] == 0) {
              label[other] = count;
              queue.push_back(static_cast<std::int64_t>(other));
            }
          }
        }
      }
    }
  }
  return label;
}

TEST(Components, AgreeWithFloodFill) {
  RandomStream random({.seed = 1});
  for (int trial = 0; trial < 200; ++trial) {
    const Size3 size{1 + random.integer(9), 1 + random.integer(9), 1 + random.integer(5)};
    std::vector<std::uint8_t> mask(static_cast<std::size_t>(size[0] * size[1] * size[2]));
    const double density = random.uniform(0.05, 0.7);
    for (auto& voxel : mask) {
      voxel = static_cast<std::uint8_t>(random.chance(density) ? 1 + random.integer(255) : 0);
    }
    for (const bool full : {false, true}) {
      const Components found =
          connected_components(mask, size, full ? Connectivity::kFull : Connectivity::kFaces);
      EXPECT_EQ(found.label, flooded(mask, size, full));
      std::vector<std::int64_t> counts(found.voxel_counts.size(), 0);
      for (const std::int32_t label : found.label) {
        if (label > 0) {
          ++counts.at(static_cast<std::size_t>(label - 1));
        }
      }
      EXPECT_EQ(found.voxel_counts, counts);
    }
  }
}

TEST(Components, DiagonalNeighboursJoinOnlyInFullConnectivity) {
  const std::vector<std::uint8_t> mask{1, 0, 0, 0, 0, 0, 0, 1};
  EXPECT_EQ(connected_components(mask, {2, 2, 2}, Connectivity::kFull).voxel_counts.size(), 1U);
  EXPECT_EQ(connected_components(mask, {2, 2, 2}, Connectivity::kFaces).voxel_counts.size(), 2U);
}

TEST(LargestComponent, IsKeptPerLabelAndTiesGoToTheFirst) {
  std::vector<std::uint8_t> labels{1, 1, 0, 1, 0, 2, 0, 2, 1, 0, 5, 5};
  keep_largest_component(labels, {12, 1, 1});
  EXPECT_EQ(labels, (std::vector<std::uint8_t>{1, 1, 0, 0, 0, 2, 0, 0, 0, 0, 5, 5}));
}

TEST(LargestComponent, TouchingLabelsAreSeparate) {
  std::vector<std::uint8_t> labels{3, 3, 4, 3, 3, 3};
  keep_largest_component(labels, {6, 1, 1});
  EXPECT_EQ(labels, (std::vector<std::uint8_t>{0, 0, 4, 3, 3, 3}));
}

TEST(LargestForeground, TouchingLabelsAreOne) {
  std::vector<std::uint8_t> labels{3, 3, 4, 0, 3, 3, 0, 1, 0};
  keep_largest_foreground(labels, {9, 1, 1});
  EXPECT_EQ(labels, (std::vector<std::uint8_t>{3, 3, 4, 0, 0, 0, 0, 0, 0}));
  std::vector<std::uint8_t> nothing(9, 0);
  keep_largest_foreground(nothing, {9, 1, 1});
  EXPECT_EQ(nothing, std::vector<std::uint8_t>(9, 0));
}

TEST(LargestComponent, DoingItTwiceChangesNothing) {
  RandomStream random({.seed = 2});
  for (int trial = 0; trial < 50; ++trial) {
    const Size3 size{8, 7, 3};
    std::vector<std::uint8_t> labels(8 * 7 * 3);
    for (auto& label : labels) {
      label = static_cast<std::uint8_t>(random.integer(4));
    }
    keep_largest_component(labels, size);
    std::vector<std::uint8_t> again = labels;
    keep_largest_component(again, size);
    EXPECT_EQ(again, labels);
  }
}

}  // namespace
}  // namespace medcl
