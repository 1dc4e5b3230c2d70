// SPDX-License-Identifier: Apache-2.0
#pragma once

// Class probabilities of slices and volumes of any size: padded to what the network takes, or
// covered by overlapping tiles whose probabilities are averaged with Gaussian weights.
//
// Source: Isensee et al., nnU-Net, Nature Methods 2021 (half overlap, Gaussian weights with
// standard deviation of an eighth of the tile).
//
// s in names of shapes: y x of slices, which are passed as a batch, or z y x of a volume.

#include <torch/torch.h>

#include <cstdint>
#include <functional>
#include <vector>

#include "medcl/image/extent.h"
#include "medcl/inference/prompt_source.h"
#include "medcl/model/network.h"

namespace medcl {

struct TilePlan {
  Extent padded;  ///< the image after padding at the end of each axis
  Extent tile;
  std::vector<std::int64_t> z, y, x;  ///< corners of the tiles along each axis, ascending

  [[nodiscard]] bool whole() const { return z.size() == 1 && y.size() == 1 && x.size() == 1; }
};

/// The longest side in pixels, padding included, that goes through the network in one piece.
inline constexpr std::int64_t kMaximumWholeSide = 1024;

/// Tiles for an image: every pixel of it lies in at least one tile; neighbouring tiles share at
/// least half. Tiles have the size `tile` along an axis where that is not 0, else a multiple of
/// `multiple`.
TilePlan plan_tiles(const Extent& image, const Extent& multiple, const Extent& tile);

/// The weights of the pixels of a tile [z, y, x]: positive, largest in the middle.
torch::Tensor gaussian_window_zyx(const Extent& tile);

/// Maps a tile [B, C, s] whose first pixel is `corner` of the image to probabilities [B, K, s].
using TileProbabilities =
    std::function<torch::Tensor(const torch::Tensor& tile_bcs, const Extent& corner)>;

/// Probabilities of images [B, C, s]. Pixels added by padding hold the smallest value of their
/// channel in that image, as outside the image in training. Returns [B, K, s] with the s of
/// `image_bcs`.
torch::Tensor sliding_probabilities(const TileProbabilities& probabilities_of,
                                    const torch::Tensor& image_bcs, const TilePlan& plan);

/// Softmax of the network's logits over images of any size; with `flips` the mean over the image
/// and its mirror images (four of a slice, eight of a volume). `patch`: what training showed to a
/// network of volumes. `prompts`: for a network that is asked with them; the images are the slices
/// from `first_slice` on. @throws Error(kFailure) when a probability is not finite.
torch::Tensor image_probabilities(Network& network, const torch::Tensor& image_bcs, bool flips,
                                  const Extent& patch, const PromptSource* prompts = nullptr,
                                  std::int64_t first_slice = 0);

}  // namespace medcl
