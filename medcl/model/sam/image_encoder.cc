// SPDX-License-Identifier: Apache-2.0
#include "medcl/model/sam/image_encoder.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>

#include "medcl/core/error.h"

namespace medcl::sam {
namespace {

namespace F = torch::nn::functional;

constexpr double kNormEps = 1e-6;

torch::nn::LayerNorm make_norm(std::int64_t width) {
  return torch::nn::LayerNorm(torch::nn::LayerNormOptions({width}).eps(kNormEps));
}

torch::nn::Sequential make_adapter(std::int64_t width, std::int64_t rank) {
  const auto linear = [](std::int64_t in, std::int64_t out) {
    return torch::nn::Linear(torch::nn::LinearOptions(in, out).bias(false));
  };
  torch::nn::Sequential adapter(linear(width, rank), linear(rank, width));
  const torch::NoGradGuard no_grad;
  adapter->parameters().back().zero_();  // at first it adds nothing
  return adapter;
}

/// [size, size, c]: entry (i, k) is the row of the table for distance i - k.
torch::Tensor relative_rows(const torch::Tensor& table, std::int64_t size) {
  const torch::Tensor positions = torch::arange(size, table.options().dtype(torch::kInt64));
  const torch::Tensor distance = positions.unsqueeze(1) - positions.unsqueeze(0) + (size - 1);
  return resize_relative_positions(table, size).index({distance});
}

/// Windows of a map, zero padded at its end: [b * windows, window, window, c].
torch::Tensor cut_windows(const torch::Tensor& x_bhwc, std::int64_t window) {
  const std::int64_t rows = x_bhwc.size(1), columns = x_bhwc.size(2), channels = x_bhwc.size(3);
  const torch::Tensor padded = torch::constant_pad_nd(
      x_bhwc,
      {0, 0, 0, (window - columns % window) % window, 0, (window - rows % window) % window});
  return padded
      .reshape({-1, padded.size(1) / window, window, padded.size(2) / window, window, channels})
      .permute({0, 1, 3, 2, 4, 5})
      .reshape({-1, window, window, channels});
}

/// The way back from cut_windows.
torch::Tensor join_windows(const torch::Tensor& windows, std::int64_t rows, std::int64_t columns) {
  const std::int64_t window = windows.size(1), channels = windows.size(3);
  const std::int64_t down = (rows + window - 1) / window, across = (columns + window - 1) / window;
  return windows.view({-1, down, across, window, window, channels})
      .permute({0, 1, 3, 2, 4, 5})
      .reshape({-1, down * window, across * window, channels})
      .narrow(1, 0, rows)
      .narrow(2, 0, columns);
}

ImageEncoderOptions vit(std::int64_t width, std::int64_t heads, std::int64_t depth) {
  ImageEncoderOptions options{
      .width = width, .heads = heads, .depth = depth, .mlp_width = 4 * width};
  for (std::int64_t k = 0; k < 4; ++k) {
    options.global_blocks[static_cast<std::size_t>(k)] = (k + 1) * depth / 4 - 1;
  }
  return options;
}

}  // namespace

ImageEncoderOptions vit_b() { return vit(768, 12, 12); }
ImageEncoderOptions vit_l() { return vit(1024, 16, 24); }
ImageEncoderOptions vit_h() { return vit(1280, 16, 32); }

torch::Tensor resize_positions(const torch::Tensor& table_1hwc, std::int64_t rows,
                               std::int64_t columns) {
  if (table_1hwc.size(1) == rows && table_1hwc.size(2) == columns) {
    return table_1hwc;
  }
  const auto options = F::InterpolateFuncOptions()
                           .size(std::vector<std::int64_t>{rows, columns})
                           .mode(torch::kBilinear)
                           .align_corners(false);
  return F::interpolate(table_1hwc.permute({0, 3, 1, 2}), options).permute({0, 2, 3, 1});
}

torch::Tensor resize_relative_positions(const torch::Tensor& table, std::int64_t size) {
  if (table.size(0) == 2 * size - 1) {
    return table;
  }
  const auto options = F::InterpolateFuncOptions()
                           .size(std::vector<std::int64_t>{2 * size - 1})
                           .mode(torch::kLinear)
                           .align_corners(false);
  return F::interpolate(table.t().unsqueeze(0), options).squeeze(0).t();
}

AttentionImpl::AttentionImpl(std::int64_t width, std::int64_t heads, std::int64_t grid,
                             std::int64_t adapter_rank)
    : heads_(heads),
      qkv_(register_module("qkv", torch::nn::Linear(width, 3 * width))),
      proj_(register_module("proj", torch::nn::Linear(width, width))),
      rel_pos_h_(register_parameter("rel_pos_h", torch::zeros({2 * grid - 1, width / heads}))),
      rel_pos_w_(register_parameter("rel_pos_w", torch::zeros({2 * grid - 1, width / heads}))) {
  if (adapter_rank > 0) {
    adapter_q_ = register_module("adapter_q", make_adapter(width, adapter_rank));
    adapter_v_ = register_module("adapter_v", make_adapter(width, adapter_rank));
  }
}

torch::Tensor AttentionImpl::queries_keys_values(const torch::Tensor& x_bhwc) {
  const torch::Tensor qkv = qkv_(x_bhwc);
  if (adapter_q_.is_empty()) return qkv;
  return qkv + torch::cat({adapter_q_->forward(x_bhwc), torch::zeros_like(x_bhwc),
                           adapter_v_->forward(x_bhwc)},
                          -1);
}

torch::Tensor AttentionImpl::forward(const torch::Tensor& x_bhwc) {
  const std::int64_t batch = x_bhwc.size(0), rows = x_bhwc.size(1), columns = x_bhwc.size(2);
  const std::int64_t count = rows * columns, maps = batch * heads_;
  const torch::Tensor qkv =
      queries_keys_values(x_bhwc).view({batch, count, 3, heads_, -1}).permute({2, 0, 3, 1, 4});
  const torch::Tensor q = qkv[0].reshape({maps, count, -1});
  const torch::Tensor k_transposed = qkv[1].reshape({maps, count, -1}).transpose(1, 2);
  const torch::Tensor v = qkv[2].reshape({maps, count, -1});

  // The part of a score that depends on the distance, one number per query and row (or column).
  const torch::Tensor q_map = q.view({maps, rows, columns, -1});
  const torch::Tensor by_row =
      torch::einsum("mijc,ikc->mijk", {q_map, relative_rows(rel_pos_h_, rows)})
          .reshape({maps, count, rows, 1});
  const torch::Tensor by_column =
      torch::einsum("mijc,jkc->mijk", {q_map, relative_rows(rel_pos_w_, columns)})
          .reshape({maps, count, 1, columns});

  const torch::Tensor scaled_q = q / std::sqrt(static_cast<double>(q.size(2)));
  const std::int64_t bytes_per_query = maps * count * static_cast<std::int64_t>(q.element_size());
  const std::int64_t bytes = attention_bytes_ > 0 ? attention_bytes_
                             : q.is_cuda()        ? kAttentionBytesGpu
                                                  : kAttentionBytes;
  const std::int64_t portion = std::clamp(bytes / bytes_per_query, std::int64_t{1}, count);
  std::vector<torch::Tensor> results;
  for (std::int64_t start = 0; start < count; start += portion) {
    const std::int64_t length = std::min(portion, count - start);
    torch::Tensor scores = torch::bmm(scaled_q.narrow(1, start, length), k_transposed);
    scores.view({maps, length, rows, columns})
        .add_(by_row.narrow(1, start, length))
        .add_(by_column.narrow(1, start, length));
    results.push_back(torch::bmm(scores.softmax(-1), v));
  }
  const torch::Tensor joined = torch::cat(results, 1).view({batch, heads_, rows, columns, -1});
  return proj_(joined.permute({0, 2, 3, 1, 4}).reshape({batch, rows, columns, -1}));
}

BlockImpl::BlockImpl(const ImageEncoderOptions& options, std::int64_t window)
    : window_(window),
      norm1_(register_module("norm1", make_norm(options.width))),
      norm2_(register_module("norm2", make_norm(options.width))),
      attn_(register_module(
          "attn", Attention(options.width, options.heads, window > 0 ? window : options.grid,
                            options.adapter_rank))),
      mlp_(register_module("mlp", MlpBlock(options.width, options.mlp_width, Activation::kGelu))) {}

torch::Tensor BlockImpl::forward(const torch::Tensor& x_bhwc) {
  torch::Tensor attended = norm1_(x_bhwc);
  if (window_ > 0) {
    attended = join_windows(attn_(cut_windows(attended, window_)), x_bhwc.size(1), x_bhwc.size(2));
  } else {
    attended = attn_(attended);
  }
  const torch::Tensor x = x_bhwc + attended;
  return x + mlp_(norm2_(x));
}

ImageEncoderImpl::ImageEncoderImpl(const ImageEncoderOptions& options)
    : options_(options),
      proj_(torch::nn::Conv2dOptions(3, options.width, options.patch).stride(options.patch)),
      pos_embed_(register_parameter("pos_embed",
                                    torch::zeros({1, options.grid, options.grid, options.width}))) {
  const auto patch_embed = std::make_shared<torch::nn::Module>("patch_embed");
  patch_embed->register_module("proj", proj_.ptr());
  register_module("patch_embed", patch_embed);
  const auto list = std::make_shared<torch::nn::Module>("blocks");
  for (std::int64_t k = 0; k < options.depth; ++k) {
    const auto& global = options.global_blocks;
    const bool is_global = std::find(global.begin(), global.end(), k) != global.end();
    blocks_.emplace_back(options, is_global ? 0 : options.window);
    list->register_module(std::to_string(k), blocks_.back().ptr());
  }
  register_module("blocks", list);
  const std::int64_t out = options.out_channels;
  neck_->push_back(torch::nn::Conv2d(torch::nn::Conv2dOptions(options.width, out, 1).bias(false)));
  neck_->push_back(LayerNorm2d(out));
  neck_->push_back(torch::nn::Conv2d(torch::nn::Conv2dOptions(out, out, 3).padding(1).bias(false)));
  neck_->push_back(LayerNorm2d(out));
  register_module("neck", neck_);
}

torch::Tensor ImageEncoderImpl::forward(const torch::Tensor& image_bchw) {
  if (image_bchw.dim() != 4 || image_bchw.size(1) != 3 ||
      image_bchw.size(2) % options_.patch != 0 || image_bchw.size(3) % options_.patch != 0 ||
      image_bchw.numel() == 0) {
    const std::string side = std::to_string(options_.patch);
    fail(ErrorCode::kModelMismatch,
         {.what = "image does not fit the SAM encoder",
          .expected = "3 channels, height and width multiples of " + side,
          .found = c10::str(image_bchw.sizes())});
  }
  const torch::Tensor patches = proj_(image_bchw).permute({0, 2, 3, 1});
  torch::Tensor x = patches + resize_positions(pos_embed_, patches.size(1), patches.size(2));
  for (auto& block : blocks_) {
    x = block(x);
  }
  return neck_->forward(x.permute({0, 3, 1, 2}));
}

}  // namespace medcl::sam
