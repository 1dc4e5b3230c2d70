// SPDX-License-Identifier: Apache-2.0
#pragma once

// The image encoder of SAM: a vision transformer with windowed and global attention.
//
// Source: Kirillov et al., Segment Anything, ICCV 2023; Li et al., Exploring plain vision
// transformer backbones for object detection, ECCV 2022 (windows, decomposed relative positions).
// Parameter names are those of the published checkpoints, without "image_encoder.".
// Shape suffixes: b = batch, c = channels, h, w = rows and columns of pixels or of patches.

#include <torch/torch.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "medcl/model/sam/common.h"

namespace medcl::sam {

struct ImageEncoderOptions {
  std::int64_t width = 768;  ///< channels of a patch
  std::int64_t heads = 12;
  std::int64_t depth = 12;
  std::int64_t mlp_width = 3072;
  std::int64_t patch = 16;  ///< pixels per side of a patch
  std::int64_t grid = 64;   ///< patches per side that the position tables are made for
  std::int64_t window = 14;
  std::vector<std::int64_t> global_blocks = {2, 5, 8, 11};  ///< the others work in windows
  std::int64_t out_channels = 256;
  std::int64_t adapter_rank = 0;  ///< of low-rank additions to queries and values; 0: none
};

ImageEncoderOptions vit_b();
ImageEncoderOptions vit_l();
ImageEncoderOptions vit_h();

/// What the scores of attention may take in memory at a time: what stays in a processor's cache,
/// and on a GPU what keeps it busy.
inline constexpr std::int64_t kAttentionBytes = std::int64_t{4} << 20;
inline constexpr std::int64_t kAttentionBytesGpu = std::int64_t{1} << 30;

/// Self-attention over all positions of a map, with relative positions along both axes. Queries are
/// taken in portions whose scores need at most `attention_bytes` (one query at least); the result
/// does not depend on the portions. When gradients are recorded, all portions stay in memory.
class AttentionImpl : public torch::nn::Module {
 public:
  /// `grid`: rows and columns that the relative position tables are made for. With `adapter_rank`,
  /// queries and values get a low-rank linear addition of x (Hu et al., LoRA, ICLR 2022; where:
  /// Zhang & Liu, SAMed, 2023).
  AttentionImpl(std::int64_t width, std::int64_t heads, std::int64_t grid,
                std::int64_t adapter_rank = 0);
  /// Any rows and columns; tables of another length are interpolated.
  torch::Tensor forward(const torch::Tensor& x_bhwc);
  void set_attention_bytes(std::int64_t bytes) { attention_bytes_ = bytes; }

 private:
  torch::Tensor queries_keys_values(const torch::Tensor& x_bhwc);

  std::int64_t heads_;
  std::int64_t attention_bytes_ = 0;  ///< 0: as the device likes it
  torch::nn::Linear qkv_, proj_;
  torch::nn::Sequential adapter_q_{nullptr}, adapter_v_{nullptr};  ///< down, then up
  torch::Tensor rel_pos_h_, rel_pos_w_;
};
TORCH_MODULE(Attention);

/// Attention within windows (window > 0; the map is padded with zeros at its end, and the padding
/// takes part, as in the original) or over the whole map, then an MLP; both with a residual.
class BlockImpl : public torch::nn::Module {
 public:
  BlockImpl(const ImageEncoderOptions& options, std::int64_t window);
  torch::Tensor forward(const torch::Tensor& x_bhwc);

 private:
  std::int64_t window_;
  torch::nn::LayerNorm norm1_, norm2_;
  Attention attn_;
  MlpBlock mlp_;
};
TORCH_MODULE(Block);

class ImageEncoderImpl : public torch::nn::Module {
 public:
  explicit ImageEncoderImpl(const ImageEncoderOptions& options);
  /// float32 images prepared as the weights want it (prepost.h); height and width are multiples of
  /// the patch, otherwise Error(kModelMismatch). Returns [b, out_channels, h / patch, w / patch].
  /// Cost: 486 GMAC for ViT-B at 1024 x 1024, 35 at 256 x 256.
  torch::Tensor forward(const torch::Tensor& image_bchw);
  [[nodiscard]] const ImageEncoderOptions& options() const { return options_; }

 private:
  ImageEncoderOptions options_;
  torch::nn::Conv2d proj_;
  torch::Tensor pos_embed_;
  std::vector<Block> blocks_;
  torch::nn::Sequential neck_;
};
TORCH_MODULE(ImageEncoder);

/// A position table [1, h, w, c] for another grid: bilinear, pixel edges coincide.
torch::Tensor resize_positions(const torch::Tensor& table_1hwc, std::int64_t rows,
                               std::int64_t columns);
/// A relative position table [2 n - 1, c] for maps of another size n: linear along the distances.
torch::Tensor resize_relative_positions(const torch::Tensor& table, std::int64_t size);

}  // namespace medcl::sam
