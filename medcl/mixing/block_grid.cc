// SPDX-License-Identifier: Apache-2.0
#include "medcl/mixing/block_grid.h"

#include "medcl/core/error.h"
#include "medcl/mixing/map_extent.h"

namespace medcl {
namespace {

/// [b, c z, grid, height, grid, width] of maps: blocks with their pixels.
torch::Tensor as_blocks(const torch::Tensor& maps_bcs, std::int64_t grid) {
  const Extent extent = extent_of(maps_bcs);
  check(extent.y % grid == 0 && extent.x % grid == 0, "sides are multiples of the grid");
  return maps_bcs.reshape({maps_bcs.size(0), -1, grid, extent.y / grid, grid, extent.x / grid});
}

}  // namespace

std::int64_t random_grid(const torch::Tensor& image_bcs, RandomStream& random) {
  const Extent extent = extent_of(image_bcs);
  std::vector<std::int64_t> possible;
  for (const std::int64_t grid : {2, 4, 8, 16}) {
    if (extent.y % grid == 0 && extent.x % grid == 0) possible.push_back(grid);
  }
  if (possible.empty()) return 1;
  return possible[static_cast<std::size_t>(random.integer(std::ssize(possible)))];
}

torch::Tensor block_means(const torch::Tensor& maps_bcs, std::int64_t grid) {
  const torch::Tensor mean = as_blocks(maps_bcs, grid).mean({3, 5});
  return mean.view({maps_bcs.size(0), maps_bcs.size(1), -1, grid * grid}).mean(2);
}

torch::Tensor pixels_of_blocks(const torch::Tensor& value_bn, std::int64_t grid,
                               const torch::Tensor& like_bcs) {
  const Extent extent = extent_of(like_bcs);
  std::vector<std::int64_t> shape = like_bcs.sizes().vec();
  shape[1] = 1;
  return value_bn.view({-1, 1, grid, 1, grid, 1})
      .expand({value_bn.size(0), extent.z, grid, extent.y / grid, grid, extent.x / grid})
      .reshape(shape);
}

torch::Tensor moved_blocks(const torch::Tensor& maps_bcs, const torch::Tensor& source_bn,
                           std::int64_t grid) {
  const torch::Tensor blocks = as_blocks(maps_bcs, grid);
  // b, blocks, the rest; an image after the other in one list of blocks.
  const torch::Tensor list = blocks.permute({0, 2, 4, 1, 3, 5}).flatten(0, 2);
  const std::int64_t count = grid * grid;
  const torch::Tensor first_b =
      torch::arange(maps_bcs.size(0), source_bn.options()).unsqueeze(1) * count;
  const torch::Tensor moved = list.index_select(0, (source_bn + first_b).flatten());
  return moved.view({blocks.size(0), grid, grid, blocks.size(1), blocks.size(3), blocks.size(5)})
      .permute({0, 3, 1, 4, 2, 5})
      .reshape(maps_bcs.sizes());
}

torch::Tensor saliency_of(const torch::Tensor& gradient_bcs) {
  return gradient_bcs.square().sum(1).sqrt();
}

torch::Tensor block_saliency(const torch::Tensor& saliency_bs, std::int64_t grid) {
  const torch::Tensor mean = block_means(saliency_bs.unsqueeze(1), grid).squeeze(1);
  const torch::Tensor sum = mean.sum(1, /*keepdim=*/true);
  const double alike = 1.0 / static_cast<double>(grid * grid);
  return torch::where(sum.gt(0), mean / sum.clamp_min(1e-38), torch::full_like(mean, alike));
}

}  // namespace medcl
