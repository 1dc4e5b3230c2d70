// SPDX-License-Identifier: Apache-2.0
#include "medcl/model/sam/prepost.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "medcl/core/error.h"
#include "medcl/core/percentile.h"
#include "medcl/model/sam/spline_resize.h"

namespace medcl::sam {
namespace {

namespace F = torch::nn::functional;

constexpr double kLeastRange = 1e-8;  // MedSAM's guard for constant images
constexpr double kLowPercent = 0.5, kHighPercent = 99.5;
const std::vector<float> kMean = {123.675F, 116.28F, 103.53F};
const std::vector<float> kDeviation = {58.395F, 57.12F, 57.375F};

torch::Tensor to_unit_range(const torch::Tensor& image) {
  const torch::Tensor low = image.min();
  return (image - low) / torch::clamp_min(image.max() - low, kLeastRange);
}

/// Limited to the window; the values that then occur stretched to 0..255.
torch::Tensor stretch(const torch::Tensor& volume, const IntensityWindow& window) {
  const torch::Tensor limited = volume.to(torch::kFloat64).clamp(window.low, window.high);
  const torch::Tensor low = limited.min();
  return (limited - low) / torch::clamp_min(limited.max() - low, kLeastRange) * 255.0;
}

template <typename Mode>
torch::Tensor interpolate(const torch::Tensor& x_bchw, const PixelSize& size, Mode mode,
                          bool antialias) {
  return F::interpolate(x_bchw, F::InterpolateFuncOptions()
                                    .size(std::vector<std::int64_t>{size.height, size.width})
                                    .mode(mode)
                                    .align_corners(false)
                                    .antialias(antialias));
}

void check_colour(const torch::Tensor& image_hw3) {
  check(image_hw3.dim() == 3 && image_hw3.size(2) == 3, "a colour image must be [h, w, 3]");
}

}  // namespace

torch::Tensor resize_bilinear(const torch::Tensor& x_bchw, const PixelSize& size) {
  return interpolate(x_bchw, size, torch::kBilinear, /*antialias=*/false);
}

IntensityWindow mr_window(const torch::Tensor& volume) {
  const torch::Tensor above = volume.masked_select(volume > 0).to(torch::kFloat64).contiguous();
  if (above.numel() == 0) {
    fail(ErrorCode::kInvalidData, {.what = "no voxel of the MR volume is above zero"});
  }
  const std::vector<double> values(above.data_ptr<double>(),
                                   above.data_ptr<double>() + above.numel());
  return {percentile(values, kLowPercent), percentile(values, kHighPercent)};
}

torch::Tensor mr_to_bytes(const torch::Tensor& volume) {
  return stretch(volume, mr_window(volume)).masked_fill(volume == 0, 0).to(torch::kUInt8);
}

torch::Tensor ct_to_bytes(const torch::Tensor& volume, double level_hu, double width_hu) {
  return stretch(volume, {level_hu - width_hu / 2, level_hu + width_hu / 2}).to(torch::kUInt8);
}

torch::Tensor medsam_images(const torch::Tensor& image_bchw, std::int64_t side, bool antialias) {
  const torch::Tensor low = image_bchw.amin({2, 3}, /*keepdim=*/true);
  const torch::Tensor high = image_bchw.amax({2, 3}, /*keepdim=*/true);
  const torch::Tensor unit = (image_bchw - low) / (high - low).clamp_min(kLeastRange);
  if (unit.size(2) == side && unit.size(3) == side) return unit;
  return interpolate(unit, {side, side}, torch::kBicubic, antialias).clamp(0, 1);
}

torch::Tensor medsam_image(const torch::Tensor& image_hw, std::int64_t side, MedsamResize resize) {
  check(image_hw.dim() == 2, "a grey image must be [h, w]");
  const auto bicubic = [&](bool antialias) {
    const torch::Tensor image_1hw = image_hw.to(torch::kFloat32).unsqueeze(0);
    return medsam_images(image_1hw.unsqueeze(0), side, antialias).squeeze(0);
  };
  const auto spline = [side](const torch::Tensor& image, SplineBorder border) {
    return resize_spline(image, side, side, border).unsqueeze(0);
  };
  switch (resize) {
    case MedsamResize::kBicubic:
      return bicubic(/*antialias=*/false);
    case MedsamResize::kBicubicAntialias:
      return bicubic(/*antialias=*/true);
    case MedsamResize::kSpline:
      return spline(to_unit_range(image_hw.to(torch::kFloat64)), SplineBorder::kMirror);
    case MedsamResize::kPublishedInference:
      return to_unit_range(spline(image_hw, SplineBorder::kMirror).trunc());
    case MedsamResize::kPublishedTraining:
      return to_unit_range(spline(image_hw, SplineBorder::kZero));
  }
  fail(ErrorCode::kFailure, {.what = "unknown way of resizing"});
}

torch::Tensor medsam_boxes(const torch::Tensor& boxes_p4, const PixelSize& image,
                           std::int64_t side) {
  check(boxes_p4.dim() == 2 && boxes_p4.size(1) == 4, "boxes must be [p, 4]");
  const auto width = static_cast<float>(image.width), height = static_cast<float>(image.height);
  return boxes_p4 / torch::tensor({width, height, width, height}) * static_cast<double>(side);
}

torch::Tensor medsam_probabilities(const torch::Tensor& logits_pkhw, const PixelSize& image) {
  return resize_bilinear(logits_pkhw.sigmoid(), image);
}

PixelSize sam_scaled_size(const PixelSize& image, std::int64_t side) {
  const double scale =
      static_cast<double>(side) / static_cast<double>(std::max(image.height, image.width));
  const auto scaled = [scale](std::int64_t length) {
    return static_cast<std::int64_t>(static_cast<double>(length) * scale + 0.5);
  };
  return {scaled(image.height), scaled(image.width)};
}

torch::Tensor sam_scaled(const torch::Tensor& rgb_hw3, std::int64_t side) {
  check_colour(rgb_hw3);
  const torch::Tensor image = rgb_hw3.to(torch::kFloat32).permute({2, 0, 1}).unsqueeze(0);
  const PixelSize size = sam_scaled_size({rgb_hw3.size(0), rgb_hw3.size(1)}, side);
  return interpolate(image.contiguous(), size, torch::kBilinear, /*antialias=*/true)
      .squeeze(0)
      .permute({1, 2, 0});
}

torch::Tensor sam_scaled_bytes(const torch::Tensor& rgb_hw3, std::int64_t side) {
  return sam_scaled(rgb_hw3, side).round().clamp(0, 255).to(torch::kUInt8);
}

torch::Tensor imagenet_normalised(const torch::Tensor& rgb_3hw) {
  const auto of_channels = [&](const std::vector<float>& values) {
    return torch::tensor(values, rgb_3hw.options()).view({3, 1, 1});
  };
  return (rgb_3hw - of_channels(kMean)) / of_channels(kDeviation);
}

torch::Tensor sam_image(const torch::Tensor& scaled_rgb_hw3, std::int64_t side) {
  check_colour(scaled_rgb_hw3);
  const std::int64_t rows = scaled_rgb_hw3.size(0), columns = scaled_rgb_hw3.size(1);
  check(rows <= side && columns <= side, "a scaled image must not exceed the model input");
  const torch::Tensor normalised =
      imagenet_normalised(scaled_rgb_hw3.to(torch::kFloat32).permute({2, 0, 1}));
  return torch::constant_pad_nd(normalised, {0, side - columns, 0, side - rows});
}

torch::Tensor sam_coordinates(const torch::Tensor& xy, const PixelSize& image, std::int64_t side) {
  check(xy.dim() > 0 && xy.size(-1) % 2 == 0, "coordinates must be pairs of x and y");
  const PixelSize scaled = sam_scaled_size(image, side);
  const torch::Tensor factor =
      torch::tensor({static_cast<double>(scaled.width) / static_cast<double>(image.width),
                     static_cast<double>(scaled.height) / static_cast<double>(image.height)});
  return (xy.reshape({-1, 2}) * factor.to(xy.scalar_type())).view(xy.sizes());
}

torch::Tensor sam_logits(const torch::Tensor& logits_pkhw, const PixelSize& image,
                         std::int64_t side) {
  const PixelSize scaled = sam_scaled_size(image, side);
  const torch::Tensor square = resize_bilinear(logits_pkhw, {side, side});
  return resize_bilinear(square.narrow(2, 0, scaled.height).narrow(3, 0, scaled.width), image);
}

}  // namespace medcl::sam
