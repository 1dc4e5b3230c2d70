// SPDX-License-Identifier: Apache-2.0
#pragma once

// Prompts of SAM (points, boxes, coarse masks) and of MedCL-SAM (text) as tokens for the decoder.
//
// Source: Kirillov et al., Segment Anything, ICCV 2023, appendix A; Tancik et al., Fourier
// features, NeurIPS 2020. Parameter names are those of the published checkpoints, without
// "prompt_encoder."; "text_encoder_head" is that of MedSAM's text extension. Shape suffixes: p =
// prompts (of one image or of several), n = tokens, c = channels, h, w.

#include <torch/torch.h>

#include <cstdint>
#include <vector>

#include "medcl/model/sam/common.h"

namespace medcl::sam {

struct PromptEncoderOptions {
  std::int64_t width = 256;         ///< channels of a token
  std::int64_t mask_channels = 16;  ///< 0: no mask prompts (and no weights for them)
  std::int64_t text_width = 0;      ///< channels of a text feature; 0: no text prompts
};

/// What is asked of p masks. An undefined tensor is a kind of prompt that is not given.
struct Prompts {
  torch::Tensor points_pn2;    ///< x, y in pixels of the model input (pixel centres are integers)
  torch::Tensor labels_pn;     ///< 1 inside, 0 outside, -1 not a point
  torch::Tensor boxes_p4;      ///< x0, y0, x1, y1 in pixels of the model input
  torch::Tensor masks_p1hw;    ///< logits, height and width 4 times those of the grid
  torch::Tensor features_pnc;  ///< text features; each becomes a token behind all others
};

struct PromptTokens {
  torch::Tensor sparse_pnc;  ///< points (and one padding point when there is no box), boxes, text
  torch::Tensor dense_pchw;  ///< mask or "no mask", of the size of the grid
};

struct PixelSize {
  std::int64_t height = 0, width = 0;
};

class PromptEncoderImpl : public torch::nn::Module {
 public:
  explicit PromptEncoderImpl(const PromptEncoderOptions& options);

  /// `input`: pixels of the model input; `grid`: patches of the image embedding. Without any prompt
  /// p is 1 and there are no sparse tokens. @throws Error(kFailure) shapes that do not fit together
  /// or an unknown label; Error(kModelMismatch) a kind of prompt that the model has no weights for.
  PromptTokens forward(const Prompts& prompts, const PixelSize& input, const PixelSize& grid);

  /// The position of every patch as the decoder wants it, [1, c, h, w].
  torch::Tensor dense_positions(const PixelSize& grid) const;

  [[nodiscard]] const PromptEncoderOptions& options() const { return options_; }

 private:
  /// `unit_xy`: [..., 2], 0 to 1 across the image. Returns [..., c].
  [[nodiscard]] torch::Tensor encode_positions(const torch::Tensor& unit_xy) const;
  [[nodiscard]] torch::Tensor encode_pixels(const torch::Tensor& xy, const PixelSize& input) const;
  torch::Tensor point_tokens(torch::Tensor points_pn2, torch::Tensor labels_pn, bool pad,
                             const PixelSize& input);
  torch::Tensor box_tokens(const torch::Tensor& boxes_p4, const PixelSize& input);
  torch::Tensor text_tokens(const torch::Tensor& features_pnc);
  torch::Tensor dense_prompt(const torch::Tensor& masks_p1hw, std::int64_t count,
                             const PixelSize& grid);

  PromptEncoderOptions options_;
  torch::Tensor frequencies_;                  ///< 2 x c/2, a buffer
  std::vector<torch::nn::Embedding> corners_;  ///< outside, inside, first and second corner
  torch::nn::Embedding no_point_, no_mask_;
  torch::nn::Sequential mask_downscaling_;
  torch::nn::Linear text_head_{nullptr};
};
TORCH_MODULE(PromptEncoder);

}  // namespace medcl::sam
