// SPDX-License-Identifier: Apache-2.0
#include "medcl/model/sam/transformer.h"

#include <cmath>
#include <memory>
#include <string>

namespace medcl::sam {
namespace {

torch::nn::LayerNorm make_norm(std::int64_t width) {
  return torch::nn::LayerNorm(torch::nn::LayerNormOptions({width}).eps(1e-5));
}

/// [p, n, c] -> [p, heads, n, c / heads].
torch::Tensor split_heads(const torch::Tensor& x_pnc, std::int64_t heads) {
  return x_pnc.view({x_pnc.size(0), x_pnc.size(1), heads, -1}).transpose(1, 2);
}

}  // namespace

CrossAttentionImpl::CrossAttentionImpl(std::int64_t width, std::int64_t inner_width,
                                       std::int64_t heads)
    : heads_(heads),
      q_proj_(register_module("q_proj", torch::nn::Linear(width, inner_width))),
      k_proj_(register_module("k_proj", torch::nn::Linear(width, inner_width))),
      v_proj_(register_module("v_proj", torch::nn::Linear(width, inner_width))),
      out_proj_(register_module("out_proj", torch::nn::Linear(inner_width, width))) {}

torch::Tensor CrossAttentionImpl::forward(const torch::Tensor& q, const torch::Tensor& k,
                                          const torch::Tensor& v) {
  const torch::Tensor queries = split_heads(q_proj_(q), heads_);
  const torch::Tensor keys = split_heads(k_proj_(k), heads_);
  const torch::Tensor values = split_heads(v_proj_(v), heads_);
  const double scale = 1 / std::sqrt(static_cast<double>(queries.size(3)));
  const torch::Tensor scores = torch::matmul(queries, keys.transpose(2, 3)) * scale;
  return out_proj_(torch::matmul(scores.softmax(-1), values).transpose(1, 2).flatten(2));
}

TwoWayBlockImpl::TwoWayBlockImpl(const TransformerOptions& options, bool first)
    : first_(first),
      self_attn_(register_module("self_attn",
                                 CrossAttention(options.width, options.width, options.heads))),
      token_to_image_(
          register_module("cross_attn_token_to_image",
                          CrossAttention(options.width, options.cross_width, options.heads))),
      image_to_token_(
          register_module("cross_attn_image_to_token",
                          CrossAttention(options.width, options.cross_width, options.heads))),
      norm1_(register_module("norm1", make_norm(options.width))),
      norm2_(register_module("norm2", make_norm(options.width))),
      norm3_(register_module("norm3", make_norm(options.width))),
      norm4_(register_module("norm4", make_norm(options.width))),
      mlp_(register_module("mlp", MlpBlock(options.width, options.mlp_width, Activation::kRelu))) {}

TwoWayState TwoWayBlockImpl::forward(TwoWayState state, const torch::Tensor& token_positions_pnc,
                                     const torch::Tensor& image_positions_pmc) {
  auto& [tokens, image] = state;
  if (first_) {
    tokens = self_attn_(tokens, tokens, tokens);
  } else {
    const torch::Tensor q = tokens + token_positions_pnc;
    tokens = tokens + self_attn_(q, q, tokens);
  }
  tokens = norm1_(tokens);
  tokens = norm2_(
      tokens + token_to_image_(tokens + token_positions_pnc, image + image_positions_pmc, image));
  tokens = norm3_(tokens + mlp_(tokens));
  image = norm4_(
      image + image_to_token_(image + image_positions_pmc, tokens + token_positions_pnc, tokens));
  return state;
}

TwoWayTransformerImpl::TwoWayTransformerImpl(const TransformerOptions& options)
    : final_attn_(
          register_module("final_attn_token_to_image",
                          CrossAttention(options.width, options.cross_width, options.heads))),
      norm_(register_module("norm_final_attn", make_norm(options.width))) {
  const auto list = std::make_shared<torch::nn::Module>("layers");
  for (std::int64_t k = 0; k < options.depth; ++k) {
    layers_.emplace_back(options, k == 0);
    list->register_module(std::to_string(k), layers_.back().ptr());
  }
  register_module("layers", list);
}

TwoWayState TwoWayTransformerImpl::forward(const torch::Tensor& tokens_pnc,
                                           const torch::Tensor& image_pmc,
                                           const torch::Tensor& image_positions_pmc) {
  TwoWayState state{tokens_pnc, image_pmc};
  for (auto& layer : layers_) {
    state = layer(std::move(state), tokens_pnc, image_positions_pmc);
  }
  const torch::Tensor attended = final_attn_(
      state.tokens_pnc + tokens_pnc, state.image_pmc + image_positions_pmc, state.image_pmc);
  state.tokens_pnc = norm_(state.tokens_pnc + attended);
  return state;
}

}  // namespace medcl::sam
