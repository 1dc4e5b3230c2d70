// SPDX-License-Identifier: Apache-2.0
#pragma once

// The two-way transformer of SAM's mask decoder: tokens attend to the image and the image to
// tokens.
//
// Source: Kirillov et al., Segment Anything, ICCV 2023, appendix A. Parameter names are those of
// the published checkpoints, without "mask_decoder.transformer.". Shape suffixes: p = prompts, n =
// tokens, m = patches, c = channels.

#include <torch/torch.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "medcl/model/sam/common.h"

namespace medcl::sam {

struct TransformerOptions {
  std::int64_t width = 256;
  std::int64_t depth = 2;
  std::int64_t heads = 8;
  std::int64_t mlp_width = 2048;
  std::int64_t cross_width = 128;  ///< channels inside the attention between tokens and image
};

/// Attention of queries over keys, with projections of queries, keys, values and result.
class CrossAttentionImpl : public torch::nn::Module {
 public:
  CrossAttentionImpl(std::int64_t width, std::int64_t inner_width, std::int64_t heads);
  /// [p, queries, c], [p, keys, c], [p, keys, c] -> [p, queries, c].
  torch::Tensor forward(const torch::Tensor& q, const torch::Tensor& k, const torch::Tensor& v);

 private:
  std::int64_t heads_;
  torch::nn::Linear q_proj_, k_proj_, v_proj_, out_proj_;
};
TORCH_MODULE(CrossAttention);

struct TwoWayState {
  torch::Tensor tokens_pnc, image_pmc;
};

/// Self-attention of the tokens, tokens to image, MLP, image to tokens.
class TwoWayBlockImpl : public torch::nn::Module {
 public:
  /// `first`: the self-attention replaces the tokens and sees no positions.
  TwoWayBlockImpl(const TransformerOptions& options, bool first);
  TwoWayState forward(TwoWayState state, const torch::Tensor& token_positions_pnc,
                      const torch::Tensor& image_positions_pmc);

 private:
  bool first_;
  CrossAttention self_attn_, token_to_image_, image_to_token_;
  torch::nn::LayerNorm norm1_, norm2_, norm3_, norm4_;
  MlpBlock mlp_;
};
TORCH_MODULE(TwoWayBlock);

class TwoWayTransformerImpl : public torch::nn::Module {
 public:
  explicit TwoWayTransformerImpl(const TransformerOptions& options);
  /// The tokens given are also the positions of the tokens.
  TwoWayState forward(const torch::Tensor& tokens_pnc, const torch::Tensor& image_pmc,
                      const torch::Tensor& image_positions_pmc);

 private:
  std::vector<TwoWayBlock> layers_;
  CrossAttention final_attn_;
  torch::nn::LayerNorm norm_;
};
TORCH_MODULE(TwoWayTransformer);

}  // namespace medcl::sam
