// SPDX-License-Identifier: Apache-2.0
#pragma once

// The Segment Anything Model as a whole. Its sizes are read from the weights.
//
// Source: Kirillov et al., Segment Anything, ICCV 2023; Ma et al., Segment anything in medical
// images, Nature Communications 2024. Parameter names are those of the published checkpoints.
// Shape suffixes: b = images, p = prompts, k = masks, c = channels, h, w.

#include <torch/torch.h>

#include <string>

#include "medcl/model/sam/image_encoder.h"
#include "medcl/model/sam/mask_decoder.h"
#include "medcl/model/sam/prompt_encoder.h"
#include "medcl/model/state.h"

namespace medcl::sam {

struct SamOptions {
  ImageEncoderOptions encoder;
  PromptEncoderOptions prompts;
  MaskDecoderOptions decoder;
};

/// Sizes from the names and shapes of a checkpoint; only the attention heads of the decoder, which
/// leave no trace there, are the published 8. Where windows and grid are equally large, tables do
/// not tell the global blocks: they are then the last of each quarter, as published.
/// @throws Error(kModelMismatch) naming `where` and an absent or misshaped entry.
ImageEncoderOptions image_encoder_options(const NamedTensors& state, const std::string& where);
PromptEncoderOptions prompt_encoder_options(const NamedTensors& state, const std::string& where);
MaskDecoderOptions mask_decoder_options(const NamedTensors& state, const std::string& where);

class SamImpl : public torch::nn::Module {
 public:
  explicit SamImpl(const SamOptions& options);

  /// Images as the weights want them (prepost.h) to embeddings; see ImageEncoder.
  torch::Tensor encode(const torch::Tensor& image_bchw) { return image_encoder(image_bchw); }
  /// Embeddings of b images and p prompts, the same number for each image and in their order, to
  /// masks; see PromptEncoder and MaskDecoder.
  Masks decode(const torch::Tensor& embedding_bchw, const Prompts& prompts, MaskChoice choice);

  ImageEncoder image_encoder;
  PromptEncoder prompt_encoder;
  MaskDecoder mask_decoder;
};
TORCH_MODULE(Sam);

/// A SAM, MedSAM or MedCL-SAM with the weights of `state` (any floating type; float32 inside), in
/// evaluation mode. Entries of a text encoder, pixel statistics and mask layers of size zero (all
/// found in published files) are left out. @throws Error(kModelMismatch) naming `where`.
Sam make_sam(NamedTensors state, const std::string& where);

}  // namespace medcl::sam
