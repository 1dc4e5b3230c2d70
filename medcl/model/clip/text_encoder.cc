// SPDX-License-Identifier: Apache-2.0
#include "medcl/model/clip/text_encoder.h"

#include <cmath>
#include <limits>
#include <memory>

#include "medcl/core/error.h"

namespace medcl::clip {
namespace {

constexpr std::int64_t kHeadWidth = 64;

torch::nn::LayerNorm make_norm(std::int64_t width) {
  return torch::nn::LayerNorm(torch::nn::LayerNormOptions({width}).eps(1e-5));
}

torch::Tensor quick_gelu(const torch::Tensor& x) { return x * torch::sigmoid(1.702 * x); }

}  // namespace

CausalAttentionImpl::CausalAttentionImpl(std::int64_t width)
    : in_proj_weight_(register_parameter("in_proj_weight", torch::zeros({3 * width, width}))),
      in_proj_bias_(register_parameter("in_proj_bias", torch::zeros({3 * width}))),
      out_proj_(register_module("out_proj", torch::nn::Linear(width, width))) {}

torch::Tensor CausalAttentionImpl::forward(const torch::Tensor& x_bnc) {
  const std::int64_t texts = x_bnc.size(0), count = x_bnc.size(1);
  const torch::Tensor qkv = torch::nn::functional::linear(x_bnc, in_proj_weight_, in_proj_bias_)
                                .view({texts, count, 3, -1, kHeadWidth})
                                .permute({2, 0, 3, 1, 4});
  const torch::Tensor future =
      torch::full({count, count}, -std::numeric_limits<float>::infinity(), x_bnc.options()).triu(1);
  const double scale = 1 / std::sqrt(static_cast<double>(kHeadWidth));
  const torch::Tensor scores = torch::matmul(qkv[0] * scale, qkv[1].transpose(2, 3)) + future;
  return out_proj_(torch::matmul(scores.softmax(-1), qkv[2]).transpose(1, 2).flatten(2));
}

TextBlockImpl::TextBlockImpl(const TextEncoderOptions& options)
    : ln_1_(register_module("ln_1", make_norm(options.width))),
      ln_2_(register_module("ln_2", make_norm(options.width))),
      attn_(register_module("attn", CausalAttention(options.width))),
      c_fc_(options.width, options.mlp_width),
      c_proj_(options.mlp_width, options.width) {
  const auto mlp = std::make_shared<torch::nn::Module>("mlp");
  mlp->register_module("c_fc", c_fc_.ptr());
  mlp->register_module("c_proj", c_proj_.ptr());
  register_module("mlp", mlp);
}

torch::Tensor TextBlockImpl::forward(const torch::Tensor& x_bnc) {
  const torch::Tensor x = x_bnc + attn_(ln_1_(x_bnc));
  return x + c_proj_(quick_gelu(c_fc_(ln_2_(x))));
}

TextEncoderImpl::TextEncoderImpl(const TextEncoderOptions& options)
    : options_(options),
      token_embedding_(register_module("token_embedding",
                                       torch::nn::Embedding(options.vocabulary, options.width))),
      positional_embedding_(register_parameter("positional_embedding",
                                               torch::zeros({options.context, options.width}))),
      ln_final_(register_module("ln_final", make_norm(options.width))) {
  const auto list = std::make_shared<torch::nn::Module>("resblocks");
  for (std::int64_t k = 0; k < options.depth; ++k) {
    blocks_.emplace_back(options);
    list->register_module(std::to_string(k), blocks_.back().ptr());
  }
  const auto transformer = std::make_shared<torch::nn::Module>("transformer");
  transformer->register_module("resblocks", list);
  register_module("transformer", transformer);
  if (options.projection > 0) {
    text_projection_ =
        register_parameter("text_projection", torch::zeros({options.width, options.projection}));
  }
  register_parameter("logit_scale",
                     torch::zeros({}));  // kept with the weights; no feature needs it
}

TextFeatures TextEncoderImpl::forward(const torch::Tensor& tokens_bn) {
  check(tokens_bn.dim() == 2 && tokens_bn.scalar_type() == torch::kInt64 && tokens_bn.numel() > 0 &&
            tokens_bn.size(1) <= options_.context,
        "tokens must be int64 [b, n] with n within the context");
  check(tokens_bn.min().item<std::int64_t>() >= 0 &&
            tokens_bn.max().item<std::int64_t>() < options_.vocabulary,
        "a token is not in the vocabulary");
  torch::Tensor x =
      token_embedding_(tokens_bn) + positional_embedding_.narrow(0, 0, tokens_bn.size(1));
  for (auto& block : blocks_) {
    x = block(x);
  }
  TextFeatures features;
  features.hidden_bnc = ln_final_(x);
  // The end token has the largest number, and only its first appearance counts.
  const torch::Tensor end = tokens_bn.argmax(1);
  const torch::Tensor texts = torch::arange(tokens_bn.size(0), end.options());
  features.pooled_bc = features.hidden_bnc.index({texts, end});
  if (text_projection_.defined()) {
    features.projected_be = torch::matmul(features.pooled_bc, text_projection_);
  }
  return features;
}

}  // namespace medcl::clip
