// SPDX-License-Identifier: Apache-2.0
#pragma once

// Images as grids of n x n equal blocks, each of which reaches through all slices of a patch.
//
// Shape suffixes: b = images, c = channels, s = axes in space, n = n * n blocks, row by row.

#include <torch/torch.h>

#include <cstdint>
#include <vector>

#include "medcl/core/random.h"

namespace medcl {

/// One of 2, 4, 8 and 16 of which both sides of the images are multiples; 1 if of none.
std::int64_t random_grid(const torch::Tensor& image_bcs, RandomStream& random);

/// [b, c, n]: the mean over the pixels of each of grid * grid blocks.
torch::Tensor block_means(const torch::Tensor& maps_bcs, std::int64_t grid);
/// [b, 1, s]: the value of a pixel's block; sizes in space as `like_bcs`.
torch::Tensor pixels_of_blocks(const torch::Tensor& value_bn, std::int64_t grid,
                               const torch::Tensor& like_bcs);
/// Maps whose block t shows block source_bn[b][t].
torch::Tensor moved_blocks(const torch::Tensor& maps_bcs, const torch::Tensor& source_bn,
                           std::int64_t grid);

/// How much a loss depends on a place: the length over the channels of its gradient with respect to
/// the image, [b, s]. Source: Kim et al., Puzzle Mix, ICML 2020.
torch::Tensor saliency_of(const torch::Tensor& gradient_bcs);
/// [b, n]: saliency of the blocks, which sums to 1 for each image; alike where there is none.
torch::Tensor block_saliency(const torch::Tensor& saliency_bs, std::int64_t grid);

}  // namespace medcl
