// SPDX-License-Identifier: Apache-2.0
#pragma once

// A test tool: a network of volumes that is as small as one can be. Header only.

#include <torch/torch.h>

#include <cstdint>
#include <memory>

#include "medcl/model/initialise.h"
#include "medcl/model/networks.h"

namespace medcl {

inline NetworkTraits tiny_volume_traits() { return {.axes = 3, .multiple = {2, 4, 4}}; }

/// Two convolutions.
class TinyVolumeNetwork final : public Network {
 public:
  TinyVolumeNetwork(const NetworkShape& shape, std::int64_t width)
      : first_(register_module("first", convolution(shape.channels, width))),
        second_(register_module("second",
                                convolution(width, shape.classes + shape.wish.extra_outputs))) {}
  [[nodiscard]] NetworkTraits traits() const override { return tiny_volume_traits(); }
  void set_compute_type(torch::ScalarType /*type*/) override {}

 private:
  static torch::nn::Conv3d convolution(std::int64_t in, std::int64_t out) {
    return torch::nn::Conv3d(torch::nn::Conv3dOptions(in, out, 3).padding(1));
  }
  NetworkOutput pass(const torch::Tensor& image_bcs, const ClassPrompts* /*prompts*/) override {
    const Extent multiple = traits().multiple;
    TORCH_CHECK(image_bcs.dim() == 5 && image_bcs.size(2) % multiple.z == 0 &&
                    image_bcs.size(3) % multiple.y == 0 && image_bcs.size(4) % multiple.x == 0,
                "what the traits promise");
    return {.logits_bks = second_(torch::leaky_relu(first_(image_bcs), 0.01))};
  }

  torch::nn::Conv3d first_, second_;
};

struct TinyVolumeOptions {
  std::int64_t width = 8;
  void describe(OptionTable table) { table.add("width", width, "channels between", 1, 64); }
};

inline NetworkEntry tiny_volume_network() {
  return {.name = "tiny_volume",
          .help = "two convolutions of volumes",
          .scope = "tiny_volume",
          .options = [] { return AnyOptions(TinyVolumeOptions{}); },
          .traits = [](const AnyOptions&) { return tiny_volume_traits(); },
          .make = [](const AnyOptions& options, const NetworkShape& shape,
                     std::uint64_t seed) -> std::shared_ptr<Network> {
            auto network =
                std::make_shared<TinyVolumeNetwork>(shape, options.as<TinyVolumeOptions>().width);
            initialise_weights(*network, seed);
            return network;
          },
          .footprint =
              [](const AnyOptions& options, const PassShape& pass) {
                const auto width = static_cast<double>(options.as<TinyVolumeOptions>().width);
                return NetworkFootprint{
                    .trained_values = 27 * width,
                    .per_pass = 16 * width * static_cast<double>(pass.extent.count()),
                    .sizes = {"crop.size", "crop.depth"}};
              },
          .least_values =
              [](const AnyOptions&, std::int64_t channels) {
                return 27 * static_cast<std::uint64_t>(channels);
              }};
}

}  // namespace medcl
