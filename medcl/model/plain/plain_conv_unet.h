// SPDX-License-Identifier: Apache-2.0
#pragma once

// The U-Net of nnU-Net: strided convolutions down, transposed ones up, instance normalisation,
// LeakyReLU, and a head at each level.
//
// Source: Isensee et al., nnU-Net, Nature Methods 2021; layers and names of weights as in
// dynamic-network-architectures 0.4.4 (PlainConvUNet). Kernels and strides have an entry for each
// axis, and nothing else here depends on how many axes there are.

#include <torch/torch.h>

#include <cstdint>
#include <string>
#include <vector>

#include "medcl/dataset/nnunet/topology.h"
#include "medcl/model/network_entry.h"

namespace medcl::plain {

/// Of the stages, finest first; the decoder has one stage fewer.
struct PlainConvUnetShape {
  nnunet::Topology topology;
  std::vector<std::int64_t> features;
  std::vector<std::int64_t> encoder_convolutions,
      decoder_convolutions;  ///< decoder: coarsest first
  std::int64_t tile = 0;     ///< side of the pieces of a prediction; 0: not cut
};

/// Weight and bias of a convolution, or scale and shift of a normalisation.
class LayerImpl : public torch::nn::Module {
 public:
  explicit LayerImpl(const std::vector<std::int64_t>& weight_sizes, std::int64_t biases)
      : weight(register_parameter("weight", torch::empty(weight_sizes))),
        bias(register_parameter("bias", torch::empty({biases}))) {}
  torch::Tensor weight, bias;
};
TORCH_MODULE(Layer);

/// Convolution, normalisation of each channel of each image by itself, LeakyReLU(0.01); computes in
/// the type of its input.
class ConvNormRectifyImpl : public torch::nn::Module {
 public:
  ConvNormRectifyImpl(std::int64_t in, std::int64_t out, const nnunet::PerAxis& kernel,
                      const nnunet::PerAxis& stride);
  torch::Tensor forward(const torch::Tensor& x_bcs);

 private:
  nnunet::PerAxis stride_, padding_;
  Layer conv_{nullptr}, norm_{nullptr};
};
TORCH_MODULE(ConvNormRectify);

/// Some of them, the first with a stride.
class StageImpl : public torch::nn::Module {
 public:
  StageImpl(std::int64_t in, std::int64_t out, std::int64_t convolutions,
            const nnunet::PerAxis& kernel, const nnunet::PerAxis& stride);
  torch::Tensor forward(torch::Tensor x_bcs);

 private:
  std::vector<ConvNormRectify> convs_;
};
TORCH_MODULE(Stage);

/// What a decoder gives; coarse_bks finest first.
struct Decoded {
  torch::Tensor features_bcs, logits_bks;
  std::vector<torch::Tensor> coarse_bks;
};

/// From the maps of the encoder to logits. Without `deep_supervision` it has its finest head alone.
class DecoderImpl : public torch::nn::Module {
 public:
  DecoderImpl(const PlainConvUnetShape& shape, std::int64_t outputs, std::int64_t classes,
              bool deep_supervision);
  /// `levels`: finest first.
  Decoded forward(const std::vector<torch::Tensor>& levels);

 private:
  std::vector<nnunet::PerAxis> strides_;  // of the transposed convolutions
  std::vector<Layer> ups_, heads_;        // coarsest first; heads may be null
  std::vector<Stage> stages_;
};
TORCH_MODULE(Decoder);

/// Takes images of as many axes as its kernels have. Grants every wish; coarser logits of all
/// levels but the coarsest. Further decoders share the encoder.
class PlainConvUnet final : public Network {
 public:
  PlainConvUnet(const PlainConvUnetShape& shape, const NetworkShape& images);
  [[nodiscard]] NetworkTraits traits() const override { return traits_; }
  void set_compute_type(torch::ScalarType type) override { compute_type_ = type; }

 private:
  NetworkOutput pass(const torch::Tensor& image_bcs, const ClassPrompts* prompts) override;

  NetworkTraits traits_;
  NetworkWish wish_;
  torch::ScalarType compute_type_ = torch::kFloat32;
  std::vector<Stage> encoder_;  // finest first
  Decoder decoder_{nullptr};
  std::vector<Decoder> further_;
};

NetworkTraits traits_of(const PlainConvUnetShape& shape);

}  // namespace medcl::plain
