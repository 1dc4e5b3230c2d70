// SPDX-License-Identifier: Apache-2.0
#include "medcl/objective/anatomy_frame.h"

#include <algorithm>
#include <cmath>

#include "medcl/core/error.h"

namespace medcl {
namespace {

constexpr int kShifts = 4;
constexpr double kWindow = 1.5;        // radii
constexpr double kLeastMass = 15;      // pixels
constexpr double kSmallestRadius = 1;  // pixels
constexpr double kLeastPrior = 0.02;   // so that nothing becomes impossible
constexpr double kSharpEnough = 0.5;   // probability of a class that is there

namespace nn = torch::nn::functional;

torch::Tensor per_image(const torch::Tensor& value_b) { return value_b.view({-1, 1, 1}); }

/// Sums over rows and columns.
torch::Tensor total(const torch::Tensor& value_bhw) { return value_bhw.sum({1, 2}); }

struct PixelAxes {
  torch::Tensor x_w, y_h;
};

PixelAxes axes_of(const torch::Tensor& maps_bkhw) {
  const auto options = maps_bkhw.options().dtype(torch::kFloat32);
  return {torch::arange(maps_bkhw.size(3), options),
          torch::arange(maps_bkhw.size(2), options).unsqueeze(1)};
}

/// Points of grid_sample, which has -1 and 1 at the outer edges of the first and last pixel.
torch::Tensor as_share(const torch::Tensor& pixel, std::int64_t side) {
  return (2 * pixel + 1) / static_cast<double>(side) - 1;
}

torch::Tensor sample(const torch::Tensor& maps_bkhw, const torch::Tensor& points_bhw2) {
  return nn::grid_sample(maps_bkhw, points_bhw2,
                         nn::GridSampleFuncOptions()
                             .mode(torch::kBilinear)
                             .padding_mode(torch::kZeros)
                             .align_corners(false));
}

/// The cells of each image's frame, as points of its crop.
torch::Tensor cell_points(const AnatomyFrame& frame, const torch::Tensor& maps_bkhw) {
  constexpr std::int64_t g = AnatomyPrior::kCells;
  const auto cells =
      ((torch::arange(g, frame.x_b.options()) + 0.5) * 2 / g - 1) * AnatomyPrior::kExtent;
  const auto along = [&](const torch::Tensor& centre_b, const torch::Tensor& cell) {
    return per_image(centre_b) + per_image(frame.radius_b) * cell;
  };
  const auto x = as_share(along(frame.x_b, cells.view({1, 1, g})), maps_bkhw.size(3));
  const auto y = as_share(along(frame.y_b, cells.view({1, g, 1})), maps_bkhw.size(2));
  return torch::stack({x.expand({-1, g, g}), y.expand({-1, g, g})}, -1);
}

/// The pixels of each image, as points of its frame.
torch::Tensor pixel_points(const AnatomyFrame& frame, const torch::Tensor& maps_bkhw) {
  const PixelAxes axes = axes_of(maps_bkhw);
  const auto side = AnatomyPrior::kExtent * per_image(frame.radius_b);
  const auto x = (axes.x_w - per_image(frame.x_b)) / side;
  const auto y = (axes.y_h - per_image(frame.y_b)) / side;
  const std::int64_t h = maps_bkhw.size(2), w = maps_bkhw.size(3);
  return torch::stack({x.expand({-1, h, w}), y.expand({-1, h, w})}, -1);
}

}  // namespace

AnatomyFrame AnatomyFrame::of(const torch::Tensor& prob_bkhw) {
  const torch::NoGradGuard no_grad;
  check(prob_bkhw.dim() == 4 && prob_bkhw.size(1) >= 2, "probabilities [b, k, h, w]");
  const PixelAxes axes = axes_of(prob_bkhw);
  const auto foreground_bhw =
      (1 - prob_bkhw.select(1, 0).to(torch::kFloat32)).clamp_min(0).square();
  torch::Tensor weight_bhw = foreground_bhw, mass_b, squared_distance_bhw;
  AnatomyFrame frame;
  const auto centre = [&] {
    mass_b = total(weight_bhw);
    const auto divisor_b = mass_b.clamp_min(1e-6);
    frame.x_b = total(weight_bhw * axes.x_w) / divisor_b;
    frame.y_b = total(weight_bhw * axes.y_h) / divisor_b;
    squared_distance_bhw =
        (axes.x_w - per_image(frame.x_b)).square() + (axes.y_h - per_image(frame.y_b)).square();
    frame.radius_b =
        (total(weight_bhw * squared_distance_bhw) / divisor_b).sqrt().clamp_min(kSmallestRadius);
  };
  centre();
  for (int n = 0; n < kShifts; ++n) {
    const auto window_b = 2 * (kWindow * frame.radius_b).square();
    weight_bhw = foreground_bhw * (-squared_distance_bhw / per_image(window_b)).exp();
    centre();
  }
  const auto inside = [&](const torch::Tensor& centre_b, std::int64_t side) {
    return (centre_b - frame.radius_b > 0) &
           (centre_b + frame.radius_b < static_cast<double>(side - 1));
  };
  frame.found_b = (mass_b >= kLeastMass) & inside(frame.x_b, prob_bkhw.size(3)) &
                  inside(frame.y_b, prob_bkhw.size(2));
  return frame;
}

AnatomyPrior::AnatomyPrior(std::int64_t classes, const AnatomyPriorOptions& options)
    : options_(options) {
  check(classes >= 2, "a class beside the background");
  const std::int64_t m = classes - 1;
  mass_mgg_ = register_buffer("mass_mgg", torch::zeros({m, kCells, kCells}));
  seen_gg_ = register_buffer("seen_gg", torch::zeros({kCells, kCells}));
  unit_mgg_ = register_buffer("unit_mgg", torch::zeros({m, kCells, kCells}));
  unit_sum_m_ = register_buffer("unit_sum_m", torch::zeros({m}));
  updates_ = register_buffer("updates", torch::zeros({}, torch::kInt64));
}

void AnatomyPrior::update(const torch::Tensor& prob_bkhw, const AnatomyFrame& frame,
                          const torch::Tensor& usable_b) {
  const torch::NoGradGuard no_grad;
  const auto use_b = (frame.found_b & usable_b).to(torch::kFloat32);
  const std::int64_t m = mass_mgg_.size(0);
  const auto maps_bmhw = prob_bkhw.narrow(1, 1, m).to(torch::kFloat32);
  const auto with_cover = torch::cat({maps_bmhw, torch::ones_like(maps_bmhw.narrow(1, 0, 1))}, 1);
  const auto cells = sample(with_cover, cell_points(frame, maps_bmhw)) * use_b.view({-1, 1, 1, 1});
  const auto cells_bmgg = cells.narrow(1, 0, m);
  const auto length_bm = cells_bmgg.square().sum({2, 3}).sqrt();
  const auto there_bm =
      (cells_bmgg.amax({2, 3}) > kSharpEnough).to(torch::kFloat32) * use_b.unsqueeze(1);
  const auto unit_bmgg =
      cells_bmgg / length_bm.clamp_min(1e-6).view({-1, m, 1, 1}) * there_bm.view({-1, m, 1, 1});
  // A batch without any usable image leaves everything as it is.
  const auto any = use_b.amax();
  const auto decay = 1 - any * (1 - options_.decay);
  mass_mgg_.mul_(decay).add_(cells_bmgg.sum(0));
  seen_gg_.mul_(decay).add_(cells.select(1, m).sum(0));
  unit_mgg_.mul_(decay).add_(unit_bmgg.sum(0));
  unit_sum_m_.mul_(decay).add_(there_bm.sum(0));
  updates_.add_(any.to(torch::kInt64));
}

torch::Tensor AnatomyPrior::distribution_mgg() const {
  return (mass_mgg_ / seen_gg_.clamp_min(1e-3)).clamp(0, 1);
}

torch::Tensor AnatomyPrior::fixedness_m() const {
  const auto mean_mgg = unit_mgg_ / unit_sum_m_.clamp_min(1e-6).view({-1, 1, 1});
  return mean_mgg.square().sum({1, 2}).clamp(0, 1);
}

torch::Tensor AnatomyPrior::apply(const torch::Tensor& prob_bkhw, const AnatomyFrame& frame) const {
  const torch::NoGradGuard no_grad;
  const auto prob = prob_bkhw.to(torch::kFloat32);
  const std::int64_t batch = prob.size(0), m = mass_mgg_.size(0);
  const auto likely_bmhw = sample(distribution_mgg().unsqueeze(0).expand({batch, -1, -1, -1}),
                                  pixel_points(frame, prob));
  const auto background_b1hw = (1 - likely_bmhw.sum(1, true)).clamp(0, 1);
  const auto fixed_m = fixedness_m();
  const auto exponent_k = options_.strength * torch::cat({fixed_m.mean().unsqueeze(0), fixed_m});
  const auto prior = (torch::cat({background_b1hw, likely_bmhw}, 1) + kLeastPrior)
                         .pow(exponent_k.view({1, m + 1, 1, 1}));
  const auto weighted = prob * prior;
  const auto spoken = frame.found_b & (updates_ >= options_.updates);
  return torch::where(spoken.view({-1, 1, 1, 1}), weighted / weighted.sum(1, true).clamp_min(1e-12),
                      prob);
}

}  // namespace medcl
