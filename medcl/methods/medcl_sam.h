// SPDX-License-Identifier: Apache-2.0
#pragma once

// MedCL-SAM: one training step. Every image is asked for 2m-1 masks, of its m classes and of nested
// unions, by a box and a text; the losses are those of MedCL-UNet on the low-resolution masks.
//
// Source: Zhang & Patel, MedCL, MIDL 2025, Sec. 2 and Eq. (1)-(6). The authors did not publish this
// half of their code; the readings are in docs/explanation/sam.md.

#include "medcl/methods/distribution.h"
#include "medcl/methods/embedding_pool.h"
#include "medcl/methods/medcl_options.h"
#include "medcl/methods/method.h"
#include "medcl/mixing/class_sets.h"
#include "medcl/mixing/inter_mix.h"
#include "medcl/model/prompted_network.h"

namespace medcl {

/// Mixed images, as in the paper, or mixed embeddings.
enum class MixSpace { kImage, kEmbedding };
inline const Choices<MixSpace>& choices(MixSpace) {
  static const Choices<MixSpace> kAll{{"image", MixSpace::kImage},
                                      {"embedding", MixSpace::kEmbedding}};
  return kAll;
}

struct MedclSamOptions {
  MedclOptions medcl;
  double box_jitter_px = 20;  ///< outward shift of a side of a box, in pixels of a 1024 pixel image
  /// Chance that an image is asked with boxes around the strokes of each set of classes instead of
  /// the box that intra-mix left alone: boxes like those that a person draws.
  double stroke_boxes = 0.5;
  double stroke_growth = 0.5;  ///< of these, outwards, as a share of the longer side
  MixSpace mix_space = MixSpace::kImage;
  PoolOptions pool;
  double weight_prompt_ce = 1;  ///< of the binary cross-entropy of every prompt
  double weight_absent = 1;     ///< of the masks of classes that the slice does not hold
  void describe(OptionTable table);
};

class MedclSamMethod : public Method {
 public:
  /// @throws Error(kUsage) for union outputs, which a SAM has anyway.
  MedclSamMethod(const MedclSamOptions& options, const MethodContext& context);
  static MethodNeeds needs(const MedclSamOptions& options, const MethodContext& context);
  /// @throws Error(kUsage) when the network is not asked with prompts.
  LossTerms losses(const Step& step) override;
  torch::nn::Module* trained() override { return distribution_.module(); }
  [[nodiscard]] std::int64_t image_step(std::int64_t step) const override {
    return pool_.image_step(step);
  }

 private:
  struct Question {
    torch::Tensor embedding_bchw, box_bp4, features_bpc;
  };
  struct Output : ClassScores {
    torch::Tensor logits_bphw;  ///< of the 2m-1 prompts
  };
  [[nodiscard]] torch::Tensor boxes(const Batch& batch, const torch::Tensor& target_bkhw,
                                    const torch::Tensor& members_pm, RandomStream& random) const;
  /// What a step asks of the images and of their mixtures.
  struct Draw {
    InterMixDraw inter;
    ClassSets sets;
    torch::Tensor members_pm;  ///< of the asked sets
    Question own, mixed;
  };
  [[nodiscard]] Draw draw(PromptedNetwork& network, const Step& step,
                          const torch::Tensor& target_bkhw);
  [[nodiscard]] Output answer(PromptedNetwork& network, const Question& question) const;
  [[nodiscard]] torch::Tensor cross_entropy(const Output& output,
                                            const torch::Tensor& target_bkhw) const;
  /// Those that Eq. (1) compares.
  [[nodiscard]] torch::Tensor mix_maps(const Output& output) const;
  [[nodiscard]] torch::Tensor prompt_term(const Output& output, const torch::Tensor& members_pm,
                                          const torch::Tensor& target_bkhw) const;

  MedclSamOptions sam_options_;
  MedclOptions options_;  ///< sam_options_.medcl
  MethodContext context_;
  DistributionTerms distribution_;
  EmbeddingPool pool_;
};

}  // namespace medcl
