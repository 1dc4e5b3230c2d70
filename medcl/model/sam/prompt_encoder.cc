// SPDX-License-Identifier: Apache-2.0
#include "medcl/model/sam/prompt_encoder.h"

#include <memory>
#include <string>

#include "medcl/core/error.h"

namespace medcl::sam {
namespace {

constexpr double kTwoPi = 6.283185307179586;

enum Corner : std::size_t { kOutside, kInside, kFirstCorner, kSecondCorner };

torch::nn::Conv2d make_conv(std::int64_t in, std::int64_t out, std::int64_t kernel) {
  return torch::nn::Conv2d(torch::nn::Conv2dOptions(in, out, kernel).stride(kernel));
}

[[noreturn]] void refuse(const char* kind) {
  fail(ErrorCode::kModelMismatch, {.what = std::string("this SAM has no weights for ") + kind,
                                   .remedy = "load a checkpoint that has them"});
}

/// The number of prompts that all given kinds agree on; 1 when none is given.
std::int64_t count_of(const Prompts& prompts) {
  std::int64_t count = -1;
  for (const torch::Tensor& given :
       {prompts.points_pn2, prompts.boxes_p4, prompts.masks_p1hw, prompts.features_pnc}) {
    if (!given.defined()) continue;
    check(count < 0 || given.size(0) == count, "prompts of different kinds differ in number");
    count = given.size(0);
  }
  return count < 0 ? 1 : count;
}

}  // namespace

PromptEncoderImpl::PromptEncoderImpl(const PromptEncoderOptions& options)
    : options_(options), no_point_(1, options.width), no_mask_(1, options.width) {
  const auto pe_layer = std::make_shared<torch::nn::Module>("pe_layer");
  frequencies_ = pe_layer->register_buffer("positional_encoding_gaussian_matrix",
                                           torch::randn({2, options.width / 2}));
  register_module("pe_layer", pe_layer);
  const auto list = std::make_shared<torch::nn::Module>("point_embeddings");
  for (std::size_t k = 0; k <= kSecondCorner; ++k) {
    corners_.emplace_back(1, options.width);
    list->register_module(std::to_string(k), corners_.back().ptr());
  }
  register_module("point_embeddings", list);
  register_module("not_a_point_embed", no_point_);
  register_module("no_mask_embed", no_mask_);
  if (options.mask_channels > 0) {
    const std::int64_t channels = options.mask_channels;
    mask_downscaling_->push_back(make_conv(1, channels / 4, 2));
    mask_downscaling_->push_back(LayerNorm2d(channels / 4));
    mask_downscaling_->push_back(torch::nn::GELU());
    mask_downscaling_->push_back(make_conv(channels / 4, channels, 2));
    mask_downscaling_->push_back(LayerNorm2d(channels));
    mask_downscaling_->push_back(torch::nn::GELU());
    mask_downscaling_->push_back(make_conv(channels, options.width, 1));
    register_module("mask_downscaling", mask_downscaling_);
  }
  if (options.text_width > 0) {
    text_head_ =
        register_module("text_encoder_head", torch::nn::Linear(options.text_width, options.width));
  }
}

torch::Tensor PromptEncoderImpl::encode_positions(const torch::Tensor& unit_xy) const {
  const torch::Tensor phase = torch::matmul(2 * unit_xy - 1, frequencies_) * kTwoPi;
  return torch::cat({phase.sin(), phase.cos()}, -1);
}

torch::Tensor PromptEncoderImpl::encode_pixels(const torch::Tensor& xy,
                                               const PixelSize& input) const {
  const torch::Tensor size = torch::tensor(
      {static_cast<float>(input.width), static_cast<float>(input.height)}, frequencies_.options());
  return encode_positions((xy + 0.5) / size);
}

torch::Tensor PromptEncoderImpl::dense_positions(const PixelSize& grid) const {
  const auto centres = [&](std::int64_t count) {
    return (torch::arange(count, frequencies_.options()) + 0.5) / static_cast<double>(count);
  };
  const torch::Tensor y = centres(grid.height).unsqueeze(1).expand({grid.height, grid.width});
  const torch::Tensor x = centres(grid.width).unsqueeze(0).expand({grid.height, grid.width});
  return encode_positions(torch::stack({x, y}, -1)).permute({2, 0, 1}).unsqueeze(0);
}

torch::Tensor PromptEncoderImpl::point_tokens(torch::Tensor points_pn2, torch::Tensor labels_pn,
                                              bool pad, const PixelSize& input) {
  check(points_pn2.dim() == 3 && points_pn2.size(2) == 2 && labels_pn.defined() &&
            labels_pn.sizes() == points_pn2.sizes().slice(0, 2),
        "points must be [p, n, 2] and labels [p, n]");
  check((labels_pn == -1).logical_or(labels_pn == 0).logical_or(labels_pn == 1).all().item<bool>(),
        "labels of points must be 1, 0 or -1");
  if (pad) {
    points_pn2 = torch::constant_pad_nd(points_pn2, {0, 0, 0, 1});
    labels_pn = torch::constant_pad_nd(labels_pn, {0, 1}, -1);
  }
  const torch::Tensor label = labels_pn.unsqueeze(-1);
  const torch::Tensor kind =
      torch::where(label == 1, corners_[kInside]->weight, corners_[kOutside]->weight);
  return torch::where(label == -1, no_point_->weight, encode_pixels(points_pn2, input) + kind);
}

torch::Tensor PromptEncoderImpl::box_tokens(const torch::Tensor& boxes_p4, const PixelSize& input) {
  check(boxes_p4.dim() == 2 && boxes_p4.size(1) == 4, "boxes must be [p, 4]");
  const torch::Tensor kind =
      torch::cat({corners_[kFirstCorner]->weight, corners_[kSecondCorner]->weight});
  return encode_pixels(boxes_p4.reshape({-1, 2, 2}), input) + kind;
}

torch::Tensor PromptEncoderImpl::text_tokens(const torch::Tensor& features_pnc) {
  if (!text_head_) refuse("text prompts");
  check(features_pnc.dim() == 3 && features_pnc.size(2) == options_.text_width,
        "text features must be [p, n, text_width]");
  return text_head_(features_pnc);
}

torch::Tensor PromptEncoderImpl::dense_prompt(const torch::Tensor& masks_p1hw, std::int64_t count,
                                              const PixelSize& grid) {
  if (!masks_p1hw.defined()) {
    return no_mask_->weight.view({1, -1, 1, 1})
        .expand({count, options_.width, grid.height, grid.width});
  }
  if (options_.mask_channels == 0) refuse("mask prompts");
  check(masks_p1hw.dim() == 4 && masks_p1hw.size(1) == 1 && masks_p1hw.size(2) == 4 * grid.height &&
            masks_p1hw.size(3) == 4 * grid.width,
        "mask prompts must be [p, 1, 4 rows of the grid, 4 columns of the grid]");
  return mask_downscaling_->forward(masks_p1hw);
}

PromptTokens PromptEncoderImpl::forward(const Prompts& prompts, const PixelSize& input,
                                        const PixelSize& grid) {
  const std::int64_t count = count_of(prompts);
  std::vector<torch::Tensor> tokens = {
      torch::empty({count, 0, options_.width}, frequencies_.options())};
  if (prompts.points_pn2.defined()) {
    tokens.push_back(
        point_tokens(prompts.points_pn2, prompts.labels_pn, !prompts.boxes_p4.defined(), input));
  }
  if (prompts.boxes_p4.defined()) {
    tokens.push_back(box_tokens(prompts.boxes_p4, input));
  }
  if (prompts.features_pnc.defined()) {
    tokens.push_back(text_tokens(prompts.features_pnc));
  }
  return {torch::cat(tokens, 1), dense_prompt(prompts.masks_p1hw, count, grid)};
}

}  // namespace medcl::sam
