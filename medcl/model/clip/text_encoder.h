// SPDX-License-Identifier: Apache-2.0
#pragma once

// CLIP's text tower: tokens in, features out. Its sizes are read from the weights.
//
// Source: Radford et al., Learning transferable visual models from natural language supervision,
// ICML 2021. Parameter names are those of OpenAI's archives; ViT-B/32 and ViT-B/16 differ in their
// values only. Shape suffixes: b = texts, n = tokens, c = channels, e = channels of the projection.

#include <torch/torch.h>

#include <cstdint>
#include <string>
#include <vector>

#include "medcl/model/state.h"

namespace medcl::clip {

struct TextEncoderOptions {
  std::int64_t vocabulary = 49408;
  std::int64_t context = 77;  ///< most tokens of a text
  std::int64_t width = 512;   ///< 64 per attention head
  std::int64_t depth = 12;
  std::int64_t mlp_width = 2048;
  std::int64_t projection = 512;  ///< 0: the weights have none
};

struct TextFeatures {
  torch::Tensor hidden_bnc;  ///< every token, after the last normalisation
  torch::Tensor pooled_bc;   ///< the row of the end token
  torch::Tensor
      projected_be;  ///< that row in the space of images, not normalised; may be undefined
};

/// Attention of each token to those before it.
class CausalAttentionImpl : public torch::nn::Module {
 public:
  explicit CausalAttentionImpl(std::int64_t width);
  torch::Tensor forward(const torch::Tensor& x_bnc);

 private:
  torch::Tensor in_proj_weight_, in_proj_bias_;
  torch::nn::Linear out_proj_;
};
TORCH_MODULE(CausalAttention);

class TextBlockImpl : public torch::nn::Module {
 public:
  explicit TextBlockImpl(const TextEncoderOptions& options);
  torch::Tensor forward(const torch::Tensor& x_bnc);

 private:
  torch::nn::LayerNorm ln_1_, ln_2_;
  CausalAttention attn_;
  torch::nn::Linear c_fc_, c_proj_;
};
TORCH_MODULE(TextBlock);

class TextEncoderImpl : public torch::nn::Module {
 public:
  explicit TextEncoderImpl(const TextEncoderOptions& options);
  /// int64 tokens of Tokenizer::tokens, at most `context` each; what follows the end token changes
  /// only the hidden rows behind it. @throws Error(kFailure) on another shape or token.
  /// Cost of a full text: 3 GMAC.
  TextFeatures forward(const torch::Tensor& tokens_bn);
  [[nodiscard]] const TextEncoderOptions& options() const { return options_; }

 private:
  TextEncoderOptions options_;
  torch::nn::Embedding token_embedding_;
  torch::Tensor positional_embedding_, text_projection_;
  std::vector<TextBlock> blocks_;
  torch::nn::LayerNorm ln_final_;
};
TORCH_MODULE(TextEncoder);

/// The text part of an archive, under OpenAI's names. `archive` may hold OpenAI's or Hugging Face's
/// names, with or without a prefix, and the image tower, which is left out.
/// @throws Error(kModelMismatch) naming `where` when there is no text tower.
NamedTensors text_state(const NamedTensors& archive, const std::string& where);
/// Sizes from the shapes of text_state. @throws Error(kModelMismatch)
TextEncoderOptions text_encoder_options(const NamedTensors& state, const std::string& where);
/// The text tower of an archive (any floating type; float32 inside), in evaluation mode.
TextEncoder make_text_encoder(const NamedTensors& archive, const std::string& where);

}  // namespace medcl::clip
