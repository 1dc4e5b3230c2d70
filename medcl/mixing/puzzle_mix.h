// SPDX-License-Identifier: Apache-2.0
#pragma once

// Mixing two images block by block so that both show what matters in them.
//
// Source: Kim, Choo & Song, Puzzle Mix: Exploiting saliency and local statistics for optimal mixup,
// ICML 2020, Eq. (3)-(6), from its formulas; departures: docs/reference/methods.md. Shape suffixes:
// b = images, c = channels, s = axes in space, n = blocks.

#include <torch/torch.h>

#include <cstdint>

#include "medcl/core/options.h"
#include "medcl/mixing/inter_mix.h"

namespace medcl {

/// Whether blocks move to where their image is shown: not, with their annotation, or (published
/// code for segmentation) without it.
enum class BlockTransport { kNone, kWithLabels, kImageAlone };
inline const Choices<BlockTransport>& choices(BlockTransport) {
  static const Choices<BlockTransport> kAll{{"none", BlockTransport::kNone},
                                            {"with_labels", BlockTransport::kWithLabels},
                                            {"image_alone", BlockTransport::kImageAlone}};
  return kAll;
}

struct PuzzleMixOptions {
  std::int64_t levels = 2;  ///< a block shows 0, 1/levels, ..., 1 of an image
  double smoothness = 1.2;  ///< beta: of neighbouring blocks that show unlike amounts
  double local = 0.5;       ///< gamma: of neighbouring blocks whose contents differ
  double prior = 0.2;       ///< eta: of the share that was drawn
  BlockTransport transport = BlockTransport::kNone;
  double transport_cost = 0.8;  ///< of moving by the side of the image
  void describe(OptionTable table);
};

struct PuzzleMix {
  torch::Tensor partner_b;
  torch::Tensor share_b1s;  ///< of the image itself at each pixel
  std::int64_t grid = 1;
  torch::Tensor own_bn, other_bn;  ///< where blocks come from; undefined: nothing moves
  bool moves_annotation = true;

  /// Images, or maps of them that move with them.
  [[nodiscard]] torch::Tensor mix(const torch::Tensor& maps_bcs) const;
  [[nodiscard]] torch::Tensor mix_annotation(const torch::Tensor& target_bks) const;
};

/// The mix of each image with its partner in `pairs`. saliency_bn sums to 1 for each image; the
/// options' costs are means over the blocks.
PuzzleMix puzzle_mix(const PuzzleMixOptions& options, const torch::Tensor& image_bcs,
                     const torch::Tensor& saliency_bn, std::int64_t grid,
                     const InterMixDraw& pairs);

}  // namespace medcl
