// SPDX-License-Identifier: Apache-2.0
#include "medcl/mixing/box_mask.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

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

Box random_box(const Extent& extent, double min_share, double max_share, RandomStream& random) {
  Box box = Box::whole(extent);
  std::tie(box.first.x, box.end.x) = random_range(extent.x, min_share, max_share, random);
  std::tie(box.first.y, box.end.y) = random_range(extent.y, min_share, max_share, random);
  if (extent.z > 1) {
    std::tie(box.first.z, box.end.z) = random_range(extent.z, min_share, max_share, random);
  }
  return box;
}

}  // namespace medcl
