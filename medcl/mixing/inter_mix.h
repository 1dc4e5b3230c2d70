// SPDX-License-Identifier: Apache-2.0
#pragma once

// Inter-mix: two images of a batch are blended, and so are their predictions, labels and prompts.
//
// Source: MedCL, Sec. 2.1: x12 = b x1 + (1 - b) x2, b ~ Beta(beta, beta), one per sample.

#include <torch/torch.h>

#include <cstdint>

#include "medcl/core/options.h"
#include "medcl/core/random.h"

namespace medcl {

/// Whom an image is mixed with: its place in a random permutation without fixed points, or in the
/// batch in reverse (published code).
enum class MixPartner { kPermutation, kReversed };
inline const Choices<MixPartner>& choices(MixPartner) {
  static const Choices<MixPartner> kAll{{"permutation", MixPartner::kPermutation},
                                        {"reversed", MixPartner::kReversed}};
  return kAll;
}

struct InterMixOptions {
  double beta = 0.5;  ///< Beta(beta, beta) of the mixing weight
  MixPartner partner = MixPartner::kPermutation;
  void describe(OptionTable table);
};

struct InterMixDraw {
  torch::Tensor partner_b;  ///< int64, index of each sample's partner
  torch::Tensor beta_b;     ///< weight of the sample itself

  /// beta * y + (1 - beta) * y[partner] over the first dimension; any rank >= 1.
  [[nodiscard]] torch::Tensor mix(const torch::Tensor& y) const;
};

/// Draws partners and weights for a batch; a batch of one is its own partner. Tensors live on
/// `device`.
InterMixDraw draw_inter_mix(const InterMixOptions& options, std::int64_t batch,
                            RandomStream& random, torch::Device device = torch::kCPU);

}  // namespace medcl
