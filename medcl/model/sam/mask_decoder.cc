// SPDX-License-Identifier: Apache-2.0
#include "medcl/model/sam/mask_decoder.h"

#include <memory>
#include <string>

#include "medcl/core/error.h"

namespace medcl::sam {
namespace {

torch::nn::ConvTranspose2d make_upscale(std::int64_t in, std::int64_t out) {
  return torch::nn::ConvTranspose2d(torch::nn::ConvTranspose2dOptions(in, out, 2).stride(2));
}

std::vector<std::int64_t> iou_widths(const MaskDecoderOptions& options) {
  std::vector<std::int64_t> widths(static_cast<std::size_t>(options.iou_depth), options.iou_hidden);
  widths.front() = options.transformer.width;
  widths.push_back(options.masks);
  return widths;
}

/// Images repeated so that there is one for each prompt.
torch::Tensor one_per_prompt(const torch::Tensor& image_ichw, std::int64_t prompts) {
  const std::int64_t images = image_ichw.size(0);
  check(image_ichw.dim() == 4 && images > 0 && prompts % images == 0,
        "the number of prompts must be a multiple of the number of images");
  return images == prompts ? image_ichw : image_ichw.repeat_interleave(prompts / images, 0);
}

}  // namespace

MaskDecoderImpl::MaskDecoderImpl(const MaskDecoderOptions& options)
    : masks_(options.masks),
      transformer_(register_module("transformer", TwoWayTransformer(options.transformer))),
      iou_token_(register_module("iou_token", torch::nn::Embedding(1, options.transformer.width))),
      mask_tokens_(register_module("mask_tokens",
                                   torch::nn::Embedding(options.masks, options.transformer.width))),
      iou_head_(register_module("iou_prediction_head", Mlp(iou_widths(options)))) {
  const std::int64_t width = options.transformer.width;
  output_upscaling_->push_back(make_upscale(width, width / 4));
  output_upscaling_->push_back(LayerNorm2d(width / 4));
  output_upscaling_->push_back(torch::nn::GELU());
  output_upscaling_->push_back(make_upscale(width / 4, width / 8));
  output_upscaling_->push_back(torch::nn::GELU());
  register_module("output_upscaling", output_upscaling_);
  const auto list = std::make_shared<torch::nn::Module>("output_hypernetworks_mlps");
  for (std::int64_t k = 0; k < masks_; ++k) {
    hypernetworks_.emplace_back(std::vector<std::int64_t>{width, width, width, width / 8});
    list->register_module(std::to_string(k), hypernetworks_.back().ptr());
  }
  register_module("output_hypernetworks_mlps", list);
}

torch::Tensor MaskDecoderImpl::all_tokens(const torch::Tensor& sparse_pnc) const {
  const torch::Tensor own = torch::cat({iou_token_->weight, mask_tokens_->weight}).unsqueeze(0);
  return torch::cat({own.expand({sparse_pnc.size(0), -1, -1}), sparse_pnc}, 1);
}

Masks MaskDecoderImpl::forward(const torch::Tensor& image_ichw, const torch::Tensor& positions_1chw,
                               const PromptTokens& prompts, MaskChoice choice) {
  const std::int64_t count = prompts.sparse_pnc.size(0);
  const torch::Tensor image = one_per_prompt(image_ichw, count) + prompts.dense_pchw;
  const auto [tokens, seen] =
      transformer_(all_tokens(prompts.sparse_pnc), image.flatten(2).transpose(1, 2),
                   positions_1chw.flatten(2).transpose(1, 2));
  const torch::Tensor upscaled =
      output_upscaling_->forward(seen.transpose(1, 2).reshape(image.sizes()));

  const std::int64_t first = choice == MaskChoice::kMultiple ? 1 : 0;
  const std::int64_t end = choice == MaskChoice::kSingle ? 1 : masks_;
  std::vector<torch::Tensor> weights;
  for (std::int64_t k = first; k < end; ++k) {
    weights.push_back(hypernetworks_[static_cast<std::size_t>(k)](tokens.select(1, 1 + k)));
  }
  const torch::Tensor logits = torch::matmul(torch::stack(weights, 1), upscaled.flatten(2))
                                   .view({count, end - first, upscaled.size(2), upscaled.size(3)});
  return {logits, iou_head_(tokens.select(1, 0)).slice(1, first, end)};
}

}  // namespace medcl::sam
