// SPDX-License-Identifier: Apache-2.0
#pragma once

// U-Net with same padding: any height and width that are multiples of 16.
//
// Source: Ronneberger et al., U-Net, MICCAI 2015; block layout of the published MedCL code
// (conv, BatchNorm, LeakyReLU 0.01, dropout in the encoder, nearest up-sampling).

#include <cstdint>
#include <string>
#include <vector>

#include "medcl/model/network_entry.h"
#include "medcl/model/unet/blocks.h"
#include "medcl/model/unet/unet_options.h"

namespace medcl::unet {

/// From the levels of the encoder to logits; its levels are numbered as those of the encoder.
struct Decoder {
  std::vector<UpConv> up;         ///< up[k] leads from level k + 1 to level k
  std::vector<DoubleConv> merge;  ///< merge[k] joins it with the encoder's level k
  Conv head{nullptr};
  std::vector<Conv> coarse_heads;  ///< coarse_heads[k] on merge[k + 1]; empty without the wish
};

/// Levels have width, 2 width, ... 16 width channels. Grants every wish: coarser logits at a half,
/// a quarter and an eighth of the image's resolution; further decoders share the encoder, and in
/// training miss the channels of it that a dropout of whole channels hits.
class Unet final : public Network {
 public:
  Unet(const UnetOptions& options, const NetworkShape& shape);
  void set_compute_type(torch::ScalarType type) override { compute_type_ = type; }
  void set_fused(bool fused) override;

 private:
  /// `prefix`: of the names of its modules.
  Decoder add_decoder(const std::string& prefix, std::int64_t outputs);
  NetworkOutput pass(const torch::Tensor& image_bchw, const ClassPrompts* prompts) override;
  /// The logits of the network's own decoder, which go into `output` with what was wished for
  /// beside them. Lets go of each level as soon as it is used.
  void decode(std::vector<torch::Tensor> levels, NetworkOutput& output);
  /// The logits of a further decoder.
  torch::Tensor decode_further(Decoder& decoder, const std::vector<torch::Tensor>& levels);

  std::int64_t width_;
  NetworkWish wish_;
  torch::ScalarType compute_type_ = torch::kFloat32;
  std::vector<DoubleConv> down_;   // finest level first
  std::vector<Decoder> decoders_;  // the first is the network's own
};

}  // namespace medcl::unet
