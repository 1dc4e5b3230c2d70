// SPDX-License-Identifier: Apache-2.0
// A residual U-Net: one residual unit for each level on the way down and on the way up.
//
// Source: Zhang, Liu & Wang, Road extraction by deep residual U-Net, IEEE GRSL 15(5), 2018;
// instance normalisation and LeakyReLU as in Isensee et al., nnU-Net, Nature Methods 18, 2021;
// groups as in Wu & He, Group normalization, ECCV 2018.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "medcl/model/initialise.h"
#include "medcl/model/networks.h"

namespace medcl::resunet {
namespace {

constexpr double kLeakySlope = 0.01;
constexpr std::int64_t kChannelsOfGroup = 8;

/// Over each channel of an image, or over each eight of them.
enum class Norm { kInstance, kGroup };
const Choices<Norm>& choices(Norm) {
  static const Choices<Norm> kAll{{"instance", Norm::kInstance}, {"group", Norm::kGroup}};
  return kAll;
}

struct ResunetOptions {
  std::int64_t width = 32;
  std::int64_t depth = 5;
  Norm norm = Norm::kInstance;
  void describe(OptionTable table) {
    table.add("width", width, "channels of the first level; doubles from level to level", 1, 512);
    table.add("depth", depth, "levels, each of half the resolution of the one before", 2, 7);
    table.add("norm", norm, "statistics of each channel, or of each group of eight");
  }
  [[nodiscard]] std::int64_t channels_of(std::int64_t level) const { return width << level; }
};

/// As many as there are eights, where they share the channels out evenly; else fewer.
std::int64_t groups_of(std::int64_t channels) {
  return std::gcd(channels, std::max<std::int64_t>(1, channels / kChannelsOfGroup));
}

/// Computes in the type of its input.
class ConvNormImpl : public torch::nn::Module {
 public:
  ConvNormImpl(std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride,
               Norm norm)
      : stride_(stride),
        groups_(norm == Norm::kInstance ? out : groups_of(out)),
        weight_(register_parameter("weight", torch::empty({out, in, kernel, kernel}))),
        scale_(register_parameter("norm_weight", torch::empty({out}))),
        shift_(register_parameter("norm_bias", torch::empty({out}))) {}

  torch::Tensor forward(const torch::Tensor& x_bchw) {
    const auto type = x_bchw.scalar_type();
    const auto y_bchw =
        torch::conv2d(x_bchw, weight_.to(type), {}, stride_, /*padding=*/weight_.size(2) / 2);
    return torch::group_norm(y_bchw, groups_, scale_.to(type), shift_.to(type));
  }

 private:
  std::int64_t stride_, groups_;
  torch::Tensor weight_, scale_, shift_;
};
TORCH_MODULE(ConvNorm);

torch::Tensor rectified(torch::Tensor x) { return torch::leaky_relu_(x, kLeakySlope); }

/// Two convolutions beside a way that leads past them, through a convolution of 1 x 1 where
/// channels or resolution change.
class UnitImpl : public torch::nn::Module {
 public:
  UnitImpl(std::int64_t in, std::int64_t out, std::int64_t stride, Norm norm)
      : first_(register_module("first", ConvNorm(in, out, 3, stride, norm))),
        second_(register_module("second", ConvNorm(out, out, 3, 1, norm))) {
    if (in == out && stride == 1) return;
    past_ = register_module("past", ConvNorm(in, out, 1, stride, norm));
  }

  torch::Tensor forward(const torch::Tensor& x_bchw) {
    const torch::Tensor y_bchw = second_(rectified(first_(x_bchw)));
    return rectified(y_bchw + (past_ ? past_(x_bchw) : x_bchw));
  }

 private:
  ConvNorm first_{nullptr}, second_{nullptr}, past_{nullptr};
};
TORCH_MODULE(Unit);

NetworkTraits traits_of(const ResunetOptions& options) {
  const std::int64_t multiple = std::int64_t{1} << (options.depth - 1);
  return {.multiple = {1, multiple, multiple}};
}

class Resunet final : public Network {
 public:
  Resunet(const ResunetOptions& options, std::int64_t channels, std::int64_t outputs)
      : traits_(traits_of(options)) {
    for (std::int64_t k = 0; k < options.depth; ++k) {
      const std::int64_t in = k == 0 ? channels : options.channels_of(k - 1);
      down_.emplace_back(in, options.channels_of(k), k == 0 ? 1 : 2, options.norm);
      register_module("down_" + std::to_string(k), down_.back());
    }
    for (std::int64_t k = 0; k + 1 < options.depth; ++k) {
      const std::int64_t out = options.channels_of(k);
      up_.emplace_back(3 * out, out, 1, options.norm);
      register_module("up_" + std::to_string(k), up_.back());
    }
    head_weight_ = register_parameter("head_weight", torch::empty({outputs, options.width, 1, 1}));
    head_bias_ = register_parameter("head_bias", torch::empty({outputs}));
  }
  [[nodiscard]] NetworkTraits traits() const override { return traits_; }
  void set_compute_type(torch::ScalarType type) override { compute_type_ = type; }

 private:
  NetworkOutput pass(const torch::Tensor& image_bchw, const ClassPrompts* /*prompts*/) override {
    std::vector<torch::Tensor> levels;
    for (Unit& unit : down_) {
      levels.push_back(unit(levels.empty() ? image_bchw.to(compute_type_) : levels.back()));
    }
    torch::Tensor x = std::move(levels.back());
    for (std::size_t k = up_.size(); k-- > 0;) {
      const auto larger = torch::upsample_nearest2d(x, {levels[k].size(2), levels[k].size(3)});
      x = up_[k](torch::cat({larger, levels[k]}, 1));
      levels[k].reset();
    }
    return {torch::conv2d(x, head_weight_.to(compute_type_), head_bias_.to(compute_type_))
                .to(torch::kFloat32)};
  }

  NetworkTraits traits_;
  torch::ScalarType compute_type_ = torch::kFloat32;
  std::vector<Unit> down_, up_;  // finest level first
  torch::Tensor head_weight_, head_bias_;
};

/// Of a unit, without the scales and shifts of its normalisations.
double values_of_unit(double in, double out) { return 9 * out * (in + out) + in * out; }

double value_count(const ResunetOptions& options) {
  double values = 0;
  for (std::int64_t k = 0; k < options.depth; ++k) {
    const auto out = static_cast<double>(options.channels_of(k));
    values += values_of_unit(k == 0 ? 1 : out / 2, out);
    if (k + 1 < options.depth) values += values_of_unit(3 * out, out);
  }
  return values;
}

NetworkFootprint footprint(const AnyOptions& any, const PassShape& pass) {
  // Bytes for each value of the outputs of the levels: what units keep, and temporaries. Measured;
  // less where images are many and large.
  constexpr double kKeptFp32 = 112, kKeptBf16 = 70;
  const auto& options = any.as<ResunetOptions>();
  const double levels = 2 - std::exp2(1 - static_cast<double>(options.depth));
  return {.trained_values = value_count(options),
          .per_pass = static_cast<double>(pass.extent.count()) *
                      static_cast<double>(options.width) * levels *
                      (pass.precision == Precision::kBf16 ? kKeptBf16 : kKeptFp32),
          .sizes = {"network.width", "crop.size"}};
}

std::shared_ptr<Network> make(const AnyOptions& any, const NetworkShape& shape,
                              std::uint64_t seed) {
  require_plain_wish("resunet", shape.wish);
  auto network = std::make_shared<Resunet>(any.as<ResunetOptions>(), shape.channels,
                                           shape.classes + shape.wish.extra_outputs);
  initialise_weights(*network, seed);
  return network;
}

/// The convolutions of the deepest level and the first one.
std::uint64_t least_values(const AnyOptions& any, std::int64_t channels) {
  const auto& options = any.as<ResunetOptions>();
  const auto deepest = static_cast<std::uint64_t>(options.channels_of(options.depth - 1));
  return 9 * (deepest * deepest + deepest * deepest / 2 +
              static_cast<std::uint64_t>(options.width * channels));
}

}  // namespace
}  // namespace medcl::resunet

namespace medcl {

NetworkEntry resunet_network() {
  return {.name = "resunet",
          .help = "residual units with instance or group normalisation, any depth",
          .scope = "network",
          .options = [] { return AnyOptions(resunet::ResunetOptions{}); },
          .traits =
              [](const AnyOptions& any) {
                return resunet::traits_of(any.as<resunet::ResunetOptions>());
              },
          .make = resunet::make,
          .footprint = resunet::footprint,
          .least_values = resunet::least_values};
}

}  // namespace medcl
