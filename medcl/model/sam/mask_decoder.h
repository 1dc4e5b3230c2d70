// SPDX-License-Identifier: Apache-2.0
#pragma once

// SAM's mask decoder: image embedding and prompt tokens in, mask logits and their estimated IoU
// out.
//
// Source: Kirillov et al., Segment Anything, ICCV 2023, appendix A. Parameter names are those of
// the published checkpoints, without "mask_decoder.". Shape suffixes: i = images, p = prompts, n =
// tokens, k = masks, c = channels, h, w.

#include <torch/torch.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "medcl/model/sam/prompt_encoder.h"
#include "medcl/model/sam/transformer.h"

namespace medcl::sam {

struct MaskDecoderOptions {
  TransformerOptions transformer;
  std::int64_t masks = 4;  ///< the single mask, then those for ambiguous prompts
  std::int64_t iou_hidden = 256;
  std::int64_t iou_depth = 3;  ///< linear layers of the IoU head
};

enum class MaskChoice {
  kSingle,    ///< mask 0: one unambiguous answer, and the one to train
  kMultiple,  ///< masks 1, 2, ...: answers to an ambiguous prompt
  kAll,
};

struct Masks {
  torch::Tensor logits_pkhw;  ///< height and width 4 times those of the grid
  torch::Tensor iou_pk;       ///< estimated, not bounded
};

class MaskDecoderImpl : public torch::nn::Module {
 public:
  explicit MaskDecoderImpl(const MaskDecoderOptions& options);

  /// `image_ichw`: embeddings of i images; the prompts of an image stand together and i divides p.
  /// `positions_1chw`: PromptEncoder::dense_positions. Only the hypernetworks of the chosen masks
  /// run, so that the weights of the others get no gradient. @throws Error(kFailure) when shapes do
  /// not fit. Cost at a 64 x 64 grid: 1.8 GMAC per prompt.
  Masks forward(const torch::Tensor& image_ichw, const torch::Tensor& positions_1chw,
                const PromptTokens& prompts, MaskChoice choice);

 private:
  [[nodiscard]] torch::Tensor all_tokens(const torch::Tensor& sparse_pnc) const;

  std::int64_t masks_;
  TwoWayTransformer transformer_;
  torch::nn::Embedding iou_token_, mask_tokens_;
  torch::nn::Sequential output_upscaling_;
  std::vector<Mlp> hypernetworks_;
  Mlp iou_head_;
};
TORCH_MODULE(MaskDecoder);

}  // namespace medcl::sam
