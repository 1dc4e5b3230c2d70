// SPDX-License-Identifier: Apache-2.0
#include "medcl/mixing/hole.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

#include "medcl/core/error.h"
#include "medcl/mixing/map_extent.h"

namespace medcl {
namespace {

std::pair<std::int64_t, std::int64_t> range_about_centre(std::int64_t length, double share,
                                                         RandomStream& random) {
  const std::int64_t side = std::llround(share * static_cast<double>(length));
  const std::int64_t first = random.integer(length) - side / 2;
  return {std::max<std::int64_t>(first, 0), std::min<std::int64_t>(first + side, length)};
}

}  // namespace

void HoleOptions::describe(OptionTable table) {
  table.add("side", side, "side of a hole as a share of the image's", 0, 1);
  table.add("count", count, "holes in an image", 1, 100);
  table.add("labels", labels, "annotation of erased pixels: none, as before, or background");
}

Box random_hole(const Extent& extent, double share, RandomStream& random) {
  Box box = Box::whole(extent);
  std::tie(box.first.x, box.end.x) = range_about_centre(extent.x, share, random);
  std::tie(box.first.y, box.end.y) = range_about_centre(extent.y, share, random);
  if (extent.z > 1) {
    std::tie(box.first.z, box.end.z) = range_about_centre(extent.z, share, random);
  }
  return box;
}

torch::Tensor mask_of(const std::vector<std::vector<Box>>& boxes, const torch::Tensor& maps_bcs) {
  check(std::ssize(boxes) == maps_bcs.size(0), "boxes for every image");
  const Extent extent = extent_of(maps_bcs);
  torch::Tensor mask_bzyx =
      torch::zeros({maps_bcs.size(0), extent.z, extent.y, extent.x}, torch::kBool);
  for (std::int64_t b = 0; b < std::ssize(boxes); ++b) {
    for (const Box& box : boxes[static_cast<std::size_t>(b)]) {
      mask_bzyx[b]
          .slice(0, box.first.z, box.end.z)
          .slice(1, box.first.y, box.end.y)
          .slice(2, box.first.x, box.end.x)
          .fill_(true);
    }
  }
  std::vector<std::int64_t> shape = maps_bcs.sizes().vec();
  shape[1] = 1;
  return mask_bzyx.view(shape).to(maps_bcs.device());
}

torch::Tensor Holes::cut(const torch::Tensor& maps_bcs) const {
  return maps_bcs.masked_fill(mask_b1s, 0);
}

torch::Tensor Holes::cut_annotation(const torch::Tensor& target_bks, HoleLabels labels) const {
  if (labels == HoleLabels::kKept) return target_bks;
  torch::Tensor target = cut(target_bks);
  if (labels == HoleLabels::kBackground) target.narrow(1, 0, 1).masked_fill_(mask_b1s, 1);
  return target;
}

Holes draw_holes(const HoleOptions& options, const torch::Tensor& image_bcs, RandomStream& random) {
  std::vector<std::vector<Box>> boxes(static_cast<std::size_t>(image_bcs.size(0)));
  for (auto& of_image : boxes) {
    for (std::int64_t n = 0; n < options.count; ++n) {
      of_image.push_back(random_hole(extent_of(image_bcs), options.side, random));
    }
  }
  return {mask_of(boxes, image_bcs)};
}

}  // namespace medcl
