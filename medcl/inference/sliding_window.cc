// SPDX-License-Identifier: Apache-2.0
#include "medcl/inference/sliding_window.h"

#include <algorithm>
#include <optional>

#include "medcl/core/error.h"

namespace medcl {
namespace {

constexpr std::int64_t kTileSide = 512;

std::int64_t round_up(std::int64_t value, std::int64_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

struct Axis {
  std::int64_t padded, tile;
  std::vector<std::int64_t> starts;
};

Axis plan_axis(std::int64_t length, std::int64_t multiple, std::int64_t fixed) {
  Axis axis;
  if (fixed > 0) {
    axis.tile = fixed;
  } else {
    const std::int64_t whole = round_up(length, multiple);
    axis.tile = whole <= kMaximumWholeSide ? whole : round_up(kTileSide, multiple);
  }
  axis.padded = std::max(length, axis.tile);
  const std::int64_t span = axis.padded - axis.tile;
  const std::int64_t stride = std::max<std::int64_t>(1, axis.tile / 2);
  const std::int64_t steps = (span + stride - 1) / stride;
  for (std::int64_t i = 0; i <= steps; ++i) {
    axis.starts.push_back(steps == 0 ? 0 : span * i / steps);
  }
  return axis;
}

torch::Tensor gaussian(std::int64_t length) {
  const auto position =
      torch::arange(length, torch::kFloat32) - 0.5 * static_cast<double>(length - 1);
  const double sigma = std::max(1.0, static_cast<double>(length)) / 8;
  return torch::exp(-0.5 * (position / sigma).square());
}

}  // namespace

TilePlan plan_tiles(const PlaneSize& plane, std::int64_t multiple, std::int64_t fixed) {
  check(plane.width > 0 && plane.height > 0 && multiple > 0, "a plane has pixels");
  const Axis x = plan_axis(plane.width, multiple, fixed);
  const Axis y = plan_axis(plane.height, multiple, fixed);
  return {{x.padded, y.padded}, {x.tile, y.tile}, x.starts, y.starts};
}

torch::Tensor gaussian_window_hw(const PlaneSize& tile) {
  return torch::outer(gaussian(tile.height), gaussian(tile.width)).clamp_min(1e-4);
}

torch::Tensor sliding_probabilities(const TileProbabilities& probabilities_of,
                                    const torch::Tensor& image_bchw, const TilePlan& plan) {
  const std::int64_t height = image_bchw.size(2), width = image_bchw.size(3);
  // Around the image there is air: the darkest value of each slice, as in training.
  auto padded = torch::amin(image_bchw, {2, 3}, true)
                    .expand({-1, -1, plan.padded.height, plan.padded.width})
                    .contiguous();
  padded.slice(2, 0, height).slice(3, 0, width).copy_(image_bchw);
  torch::Tensor result;
  if (plan.whole()) {
    result = probabilities_of(padded, 0, 0);
  } else {
    const auto window = gaussian_window_hw(plan.tile).to(image_bchw.device());
    const auto weight = torch::zeros({plan.padded.height, plan.padded.width}, window.options());
    for (const std::int64_t y : plan.top) {
      for (const std::int64_t x : plan.left) {
        const auto crop = [&](const torch::Tensor& t) {
          return t.narrow(-2, y, plan.tile.height).narrow(-1, x, plan.tile.width);
        };
        const auto part = probabilities_of(crop(padded).contiguous(), x, y);
        if (!result.defined()) {
          result = torch::zeros({part.size(0), part.size(1), plan.padded.height, plan.padded.width},
                                window.options());
        }
        crop(result).add_(part * window);
        crop(weight).add_(window);
      }
    }
    result.div_(weight);
  }
  return result.narrow(2, 0, height).narrow(3, 0, width);
}

torch::Tensor plane_probabilities(Network& network, const torch::Tensor& image_bchw, bool flips,
                                  const PromptSource* prompts, std::int64_t first_slice) {
  const NetworkTraits traits = network.traits();
  const PlaneSize plane{image_bchw.size(3), image_bchw.size(2)};
  const TilePlan plan =
      plan_tiles(plane, traits.multiple, traits.tile > 0 ? traits.tile : traits.fixed);
  TileView view{
      .first_slice = first_slice, .slices = image_bchw.size(0), .plane = plane, .tile = plan.tile};
  const auto softmax = [&](const torch::Tensor& tile_bchw) {
    std::optional<ClassPrompts> asked;
    if (prompts != nullptr && traits.prompts) asked = prompts->of(view);
    const auto logits_bkhw = network.forward(tile_bchw, asked ? &*asked : nullptr).logits_bkhw;
    return torch::softmax(logits_bkhw.to(torch::kFloat32), 1);
  };
  const auto mean_over_flips = [&](const torch::Tensor& tile_bchw, std::int64_t left,
                                   std::int64_t top) {
    view.left = left;
    view.top = top;
    view.mirrored_x = view.mirrored_y = false;
    torch::Tensor sum = softmax(tile_bchw);
    if (!flips) return sum;
    for (const std::vector<std::int64_t>& axes :
         std::vector<std::vector<std::int64_t>>{{3}, {2}, {2, 3}}) {
      view.mirrored_x = axes.back() == 3;
      view.mirrored_y = axes.front() == 2;
      sum = sum + softmax(tile_bchw.flip(axes)).flip(axes);
    }
    return sum / 4;
  };
  const auto probabilities = sliding_probabilities(mean_over_flips, image_bchw, plan);
  if (!probabilities.isfinite().all().item<bool>()) {
    fail(ErrorCode::kFailure, {"the network gives scores that are not finite", "prediction", "", "",
                               "take an earlier checkpoint"});
  }
  return probabilities;
}

}  // namespace medcl
