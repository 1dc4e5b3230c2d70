// SPDX-License-Identifier: Apache-2.0
#include "medcl/inference/sliding_window.h"

#include <algorithm>
#include <optional>

#include "medcl/core/error.h"
#include "medcl/mixing/map_extent.h"

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

/// The part of [..., s] that begins at `corner`.
torch::Tensor part_of(const torch::Tensor& image_bcs, const Extent& corner, const Extent& size,
                      bool volume) {
  const auto part = image_bcs.narrow(-2, corner.y, size.y).narrow(-1, corner.x, size.x);
  return volume ? part.narrow(-3, corner.z, size.z) : part;
}

/// `first`, then the axes s of an extent.
std::vector<std::int64_t> with_axes(std::vector<std::int64_t> first, const Extent& extent,
                                    bool volume) {
  if (volume) first.push_back(extent.z);
  first.insert(first.end(), {extent.y, extent.x});
  return first;
}

/// Around the image there is air: the darkest value of each slice or volume, as in training.
torch::Tensor padded_to(const torch::Tensor& image_bcs, const Extent& size) {
  const bool volume = image_bcs.dim() > 4;
  auto padded =
      torch::amin(image_bcs,
                  volume ? std::vector<std::int64_t>{2, 3, 4} : std::vector<std::int64_t>{2, 3},
                  true)
          .expand(with_axes({-1, -1}, size, volume))
          .contiguous();
  part_of(padded, {0, 0, 0}, extent_of(image_bcs), volume).copy_(image_bcs);
  return padded;
}

/// Of the tiles of a network, 0 where plan_tiles() may choose.
Extent tile_of(const NetworkTraits& traits, const Extent& patch) {
  const auto side = [&traits](std::int64_t tile, std::int64_t fixed, std::int64_t shown) {
    if (tile > 0 || fixed > 0) return tile > 0 ? tile : fixed;
    return traits.axes == 3 ? shown : 0;
  };
  return {.z = side(traits.tile.z, traits.fixed.z, patch.z),
          .y = side(traits.tile.y, traits.fixed.y, patch.y),
          .x = side(traits.tile.x, traits.fixed.x, patch.x)};
}

/// The tensor axes that each mirror image is flipped along, the image itself left out.
std::vector<std::vector<std::int64_t>> mirrored_axes(std::int64_t axes) {
  std::vector<std::vector<std::int64_t>> all;
  for (std::uint32_t flips = 1; flips < (1U << axes); ++flips) {
    auto& one = all.emplace_back();
    for (std::int64_t axis = axes; axis-- > 0;) {  // bit 0: x
      if ((flips >> axis & 1U) != 0) one.push_back(1 + axes - axis);
    }
  }
  return all;
}

bool holds(const std::vector<std::int64_t>& axes, std::int64_t axis) {
  return std::ranges::find(axes, axis) != axes.end();
}

}  // namespace

TilePlan plan_tiles(const Extent& image, const Extent& multiple, const Extent& tile) {
  check(image.z > 0 && image.y > 0 && image.x > 0, "an image has pixels");
  check(multiple.z > 0 && multiple.y > 0 && multiple.x > 0, "multiples are positive");
  const Axis z = plan_axis(image.z, multiple.z, tile.z);
  const Axis y = plan_axis(image.y, multiple.y, tile.y);
  const Axis x = plan_axis(image.x, multiple.x, tile.x);
  return {.padded = {z.padded, y.padded, x.padded},
          .tile = {z.tile, y.tile, x.tile},
          .z = z.starts,
          .y = y.starts,
          .x = x.starts};
}

torch::Tensor gaussian_window_zyx(const Extent& tile) {
  const auto plane = torch::outer(gaussian(tile.y), gaussian(tile.x));
  return (gaussian(tile.z).view({-1, 1, 1}) * plane).clamp_min(1e-4);
}

torch::Tensor sliding_probabilities(const TileProbabilities& probabilities_of,
                                    const torch::Tensor& image_bcs, const TilePlan& plan) {
  const bool volume = image_bcs.dim() > 4;
  const torch::Tensor padded = padded_to(image_bcs, plan.padded);
  if (plan.whole()) {
    return part_of(probabilities_of(padded, {0, 0, 0}), {0, 0, 0}, extent_of(image_bcs), volume);
  }
  torch::Tensor result;
  auto window = gaussian_window_zyx(plan.tile).to(image_bcs.device());
  if (!volume) window = window.squeeze(0);
  const auto weight = torch::zeros(with_axes({}, plan.padded, volume), window.options());
  for (const std::int64_t z : plan.z) {
    for (const std::int64_t y : plan.y) {
      for (const std::int64_t x : plan.x) {
        const Extent corner{z, y, x};
        const auto crop = [&](const torch::Tensor& t) {
          return part_of(t, corner, plan.tile, volume);
        };
        const auto part = probabilities_of(crop(padded).contiguous(), corner);
        if (!result.defined()) {
          result = torch::zeros(with_axes({part.size(0), part.size(1)}, plan.padded, volume),
                                window.options());
        }
        crop(result).add_(part * window);
        crop(weight).add_(window);
      }
    }
  }
  result.div_(weight);
  return part_of(result, {0, 0, 0}, extent_of(image_bcs), volume);
}

torch::Tensor image_probabilities(Network& network, const torch::Tensor& image_bcs, bool flips,
                                  const Extent& patch, const PromptSource* prompts,
                                  std::int64_t first_slice) {
  const NetworkTraits traits = network.traits();
  const Extent image = extent_of(image_bcs);
  const TilePlan plan = plan_tiles(image, traits.multiple, tile_of(traits, patch));
  const auto mirrors =
      flips ? mirrored_axes(traits.axes) : std::vector<std::vector<std::int64_t>>{};
  TileView view{.first_slice = first_slice,
                .slices = image_bcs.size(0),
                .plane = image.plane(),
                .tile = plan.tile.plane()};
  const auto softmax = [&](const torch::Tensor& tile_bcs) {
    std::optional<ClassPrompts> asked;
    if (prompts != nullptr && traits.prompts) asked = prompts->of(view);
    const auto logits_bks = network.forward(tile_bcs, asked ? &*asked : nullptr).logits_bks;
    return torch::softmax(logits_bks.to(torch::kFloat32), 1);
  };
  const auto mean_over_mirrors = [&](const torch::Tensor& tile_bcs, const Extent& corner) {
    view.left = corner.x;
    view.top = corner.y;
    view.mirrored_x = view.mirrored_y = false;
    torch::Tensor sum = softmax(tile_bcs);
    if (mirrors.empty()) return sum;
    for (const auto& axes : mirrors) {
      view.mirrored_x = holds(axes, tile_bcs.dim() - 1);
      view.mirrored_y = holds(axes, tile_bcs.dim() - 2);
      sum = sum + softmax(tile_bcs.flip(axes)).flip(axes);
    }
    return sum / static_cast<std::int64_t>(mirrors.size() + 1);
  };
  const auto probabilities = sliding_probabilities(mean_over_mirrors, image_bcs, plan);
  if (!probabilities.isfinite().all().item<bool>()) {
    fail(ErrorCode::kFailure, {"the network gives scores that are not finite", "prediction", "", "",
                               "take an earlier checkpoint"});
  }
  return probabilities;
}

}  // namespace medcl
