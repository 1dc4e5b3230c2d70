// SPDX-License-Identifier: Apache-2.0
#pragma once

// SAM as a segmenter: asked for every class by a box and a text, it gives class logits like any
// other backbone. Its image encoder is frozen but for adapters; the mask decoder and the layer that
// turns text features into tokens are trained.
//
// Source: Zhang & Patel, MedCL, MIDL 2025 (MedCL-SAM); Ma et al., MedSAM, Nature Communications
// 2024. Shape suffixes: b = images, p = prompts, c = channels, m = classes without the background,
// k = classes with it, h, w; 4 = left, top, right, bottom as shares of the image, 0 to 1.

#include <torch/torch.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "medcl/format/tensor_file.h"
#include "medcl/format/tensor_report.h"
#include "medcl/model/network.h"
#include "medcl/model/prompted_network.h"
#include "medcl/model/sam/network_options.h"
#include "medcl/model/sam/sam.h"

namespace medcl::sam {

class SamNetwork final : public Network, public PromptedNetwork {
 public:
  /// Random weights. @throws as prompt_features.
  SamNetwork(const SamNetworkOptions& options, std::int64_t channels, std::int64_t classes,
             std::uint64_t seed);

  [[nodiscard]] NetworkTraits traits() const override { return traits_of(options_); }
  PromptedNetwork* prompted() override { return this; }
  /// SAM computes in float32 whatever the type.
  void set_compute_type(torch::ScalarType /*type*/) override {}

  /// What the encoder sees of prepared images of any size and intensity: [b, 3, side, side].
  /// @throws Error(kModelMismatch) more than three channels.
  [[nodiscard]] torch::Tensor model_input(const torch::Tensor& image_bchw) const;
  /// model_input to embeddings of the encoder; with a gradient only where it has adapters.
  torch::Tensor embed(const torch::Tensor& image_bchw) override;
  /// The mask of every prompt: a box and a text feature (see features_svc), of which
  /// SamNetworkOptions::prompts may leave one out. Returns logits [b, p, side, side] with the side
  /// of SamNetworkOptions::logit_side.
  torch::Tensor prompt_logits(const torch::Tensor& embedding_bchw, const torch::Tensor& box_bp4,
                              const torch::Tensor& features_bpc) override;
  /// class_scores under SamNetworkOptions::background.
  [[nodiscard]] ClassScores class_scores(const torch::Tensor& logits_bmhw) const override;
  /// The text features of all sets and wordings, as prompt_features gives them.
  [[nodiscard]] const torch::Tensor& features_svc() const override { return features_svc_; }
  [[nodiscard]] bool takes_words() const override { return options_.prompts != PromptKind::kBox; }
  /// What class i (0..m-1) is asked with in forward(), instead of its plain text; [text_width].
  void set_class_feature(std::int64_t i, const torch::Tensor& feature_c) override;
  /// Text features as tokens of the decoder, for tests of the mixing law.
  torch::Tensor text_tokens(const torch::Tensor& features_bpc);

  /// Weights of a checkpoint for encoder, prompts and decoder; a text layer and adapters that are
  /// not in it keep their values. @throws Error(kModelMismatch) naming `where`.
  void load_checkpoint(NamedTensors state, const std::string& where);
  [[nodiscard]] const SamNetworkOptions& options() const { return options_; }
  [[nodiscard]] Sam& sam() { return sam_; }

 private:
  /// One prompt per class with its plain text and the box of `prompts`. The logits are
  /// class_scores, resized to the image. @throws as embed.
  NetworkOutput pass(const torch::Tensor& image_bchw, const ClassPrompts* prompts) override;
  torch::Tensor class_logits(const torch::Tensor& embedding_bchw, const torch::Tensor& box_bm4);
  void freeze();

  SamNetworkOptions options_;
  std::int64_t foreground_;
  Sam sam_;
  torch::Tensor features_svc_;  ///< a buffer: a model needs no CLIP
};

/// Logits [b, m, h, w] of independent classes to scores [b, k, h, w], background first.
/// kSoftmax: 0 and the logits; otherwise log-probabilities log(1 - max p) and log p.
/// Their softmax makes the classes exclude each other. @throws Error(kUsage) for another text.
torch::Tensor class_scores(const torch::Tensor& logits_bmhw, Background background);

/// For each map the smallest box around its positive pixels, `margin` larger on every side and
/// inside the image; the whole image where there is none. Returns [b, m, 4].
torch::Tensor boxes_around(const torch::Tensor& map_bmhw, double margin);

/// The sizes that options describe.
SamOptions sizes_of(const SamNetworkOptions& options);

/// The entries of a SAM in a file, under the published names; layers for mask prompts, which MedCL
/// does not use, and everything that is no SAM are left out. Valid as long as `file`.
/// @throws Error(kModelMismatch) naming `where` when there is no image encoder.
TensorMap sam_tensors(const TensorFile& file, const std::string& where);

/// The network of a run: random weights, then those of options.checkpoint.
std::shared_ptr<SamNetwork> make_sam_network(const SamNetworkOptions& options,
                                             std::int64_t channels, std::int64_t classes,
                                             std::uint64_t seed);

}  // namespace medcl::sam
