// SPDX-License-Identifier: Apache-2.0
#include "medcl/mixing/box_mask.h"

#include <algorithm>
#include <cmath>

namespace medcl {
namespace {

std::pair<std::int64_t, std::int64_t> random_range(std::int64_t length, double min_share,
                                                   double max_share, RandomStream& random) {
  const double share = random.uniform(min_share, max_share);
  const auto side =
      std::clamp<std::int64_t>(std::llround(share * static_cast<double>(length)), 0, length);
  const std::int64_t start = random.integer(length - side + 1);
  return {start, start + side};
}

}  // namespace

Box random_box(const PlaneSize& plane, double min_share, double max_share, RandomStream& random) {
  const auto [left, right] = random_range(plane.width, min_share, max_share, random);
  const auto [top, bottom] = random_range(plane.height, min_share, max_share, random);
  return {left, top, right, bottom};
}

}  // namespace medcl
