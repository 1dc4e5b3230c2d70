// SPDX-License-Identifier: Apache-2.0
#pragma once

// Class probabilities of planes of any size: padded to what the network takes, or covered by
// overlapping tiles whose probabilities are averaged with Gaussian weights.
//
// Source: Isensee et al., nnU-Net, Nature Methods 2021 (half overlap, Gaussian weights with
// standard deviation of an eighth of the tile).

#include <torch/torch.h>

#include <cstdint>
#include <functional>
#include <vector>

#include "medcl/image/resample.h"
#include "medcl/inference/prompt_source.h"
#include "medcl/model/network.h"

namespace medcl {

struct TilePlan {
  PlaneSize padded;  ///< the plane after padding on the right and at the bottom
  PlaneSize tile;
  std::vector<std::int64_t> left, top;  ///< corners of the tiles along x and along y, ascending

  [[nodiscard]] bool whole() const { return left.size() == 1 && top.size() == 1; }
};

/// The longest side in pixels, padding included, that goes through the network in one piece.
inline constexpr std::int64_t kMaximumWholeSide = 1024;

/// Tiles for a plane: every pixel of it lies in at least one tile; neighbouring tiles share at
/// least half. Tiles are `fixed` pixels a side when that is not 0, else multiples of `multiple`.
TilePlan plan_tiles(const PlaneSize& plane, std::int64_t multiple, std::int64_t fixed);

/// The weights of the pixels of a tile [height, width]: positive, largest in the middle.
torch::Tensor gaussian_window_hw(const PlaneSize& tile);

/// Maps a tile [B, C, tile.height, tile.width], whose corner is at (left, top) of the plane, to
/// probabilities [B, K, ...].
using TileProbabilities = std::function<torch::Tensor(const torch::Tensor& tile_bchw,
                                                      std::int64_t left, std::int64_t top)>;

/// Probabilities of planes [B, C, H, W]. Pixels added by padding hold the smallest value of their
/// channel in that plane, as outside the image in training. Returns [B, K, H, W] with H, W of
/// `image_bchw`.
torch::Tensor sliding_probabilities(const TileProbabilities& probabilities_of,
                                    const torch::Tensor& image_bchw, const TilePlan& plan);

/// Softmax of the network's logits over planes of any size; with `flips` the mean over the plane
/// and its three mirror images. `prompts`: for a network that is asked with them; the planes are
/// the slices from `first_slice` on. @throws Error(kFailure) when a probability is not finite.
torch::Tensor plane_probabilities(Network& network, const torch::Tensor& image_bchw, bool flips,
                                  const PromptSource* prompts = nullptr,
                                  std::int64_t first_slice = 0);

}  // namespace medcl
