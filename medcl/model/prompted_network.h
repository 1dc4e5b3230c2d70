// SPDX-License-Identifier: Apache-2.0
#pragma once

// A network that answers questions about an image: it looks at the image once, and then gives a
// mask for every prompt, which is a box and words.
//
// Source: Kirillov et al., Segment Anything, ICCV 2023; Zhang & Patel, MedCL, MIDL 2025. Shape
// suffixes: b = images, p = prompts, s = sets of classes, v = wordings, c = channels, m = classes
// without the background, k = classes with it, h, w; 4 = left, top, right, bottom as shares of the
// image, 0 to 1.

#include <torch/torch.h>

#include <cstdint>

namespace medcl {

/// Classes that compete for a pixel.
struct ClassScores {
  torch::Tensor scores_bkhw;  ///< their softmax makes the classes exclude each other
  torch::Tensor prob_bkhw;    ///< probabilities
  bool exclusive = true;      ///< prob sums to one and is the softmax of the scores
};

class PromptedNetwork {
 public:
  virtual ~PromptedNetwork() = default;

  /// What all prompts of an image have in common; with a gradient only where training changes it
  /// (NetworkTraits::embeddings_last). @throws Error(kModelMismatch) for too many channels.
  virtual torch::Tensor embed(const torch::Tensor& image_bchw) = 0;
  /// The logits [b, p, side, side] of the mask of every prompt, with the side of
  /// NetworkTraits::map_side.
  virtual torch::Tensor prompt_logits(const torch::Tensor& embedding_bchw,
                                      const torch::Tensor& box_bp4,
                                      const torch::Tensor& features_bpc) = 0;
  /// The classes from the logits of their own m prompts.
  [[nodiscard]] virtual ClassScores class_scores(const torch::Tensor& logits_bmhw) const = 0;
  /// The text features of all sets of classes and wordings, in the order of sam::prompt_index.
  [[nodiscard]] virtual const torch::Tensor& features_svc() const = 0;
  /// False for one that is asked with boxes alone.
  [[nodiscard]] virtual bool takes_words() const = 0;
  /// What class i (0..m-1) is asked with in Network::forward, instead of its plain text.
  virtual void set_class_feature(std::int64_t i, const torch::Tensor& feature_c) = 0;
};

}  // namespace medcl
