// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "medcl/core/error.h"
#include "medcl/core/percentile.h"
#include "medcl/dataset/case_store.h"
#include "medcl/dataset/window.h"

namespace medcl {
namespace {

constexpr std::int64_t kMaxSide = 8192;
constexpr int kMostEnlarged = 32;            // pixels of 340 mm are a mistake in the file
constexpr double kSmallestDeviation = 1e-6;  // relative to the largest magnitude of the values

constexpr double kRounding = 1e-6;  // relative; spacings are stored in single precision

enum Statistic : std::size_t { kMean, kDeviation, kClip, kMinimum, kStatisticCount };

struct Moments {
  double mean = 0, deviation = 0;
};

/// Of min(value, clip); a deviation that is only rounding noise is reported as 0.
Moments clipped_moments(std::span<const float> values, float clip) {
  double sum = 0, largest = 0;
  for (const float value : values) {
    const double v = std::min(value, clip);
    sum += v;
    largest = std::max(largest, std::abs(v));
  }
  const auto count = static_cast<double>(values.size());
  const double mean = sum / count;
  double squares = 0;
  for (const float value : values) {
    const double d = static_cast<double>(std::min(value, clip)) - mean;
    squares += d * d;
  }
  const double deviation = std::sqrt(squares / count);
  return {mean, deviation > kSmallestDeviation * largest ? deviation : 0.0};
}

/// (min(value, clip) - shift) * scale.
void rescale(std::span<const float> source, float clip, double shift, double scale,
             std::span<float> target) {
  std::transform(source.begin(), source.end(), target.begin(), [&](float value) {
    return static_cast<float>((static_cast<double>(std::min(value, clip)) - shift) * scale);
  });
}

/// The window becomes -sqrt(3) to sqrt(3).
void apply_window(std::span<const float> source, const PrepareOptions& options,
                  std::span<float> target) {
  const double low = options.window_low, high = options.window_high;
  const double middle = (low + high) / 2, scale = std::sqrt(12.0) / (high - low);
  std::ranges::transform(source, target.begin(), [&](float value) {
    return static_cast<float>((std::clamp(static_cast<double>(value), low, high) - middle) * scale);
  });
}

double inverse_or_zero(double value) { return value > 0 ? 1.0 / value : 0.0; }

std::vector<float> normalise(std::span<const float> slice, const PrepareOptions& options,
                             const std::vector<float>& statistics) {
  check(statistics.size() == kStatisticCount, "volume statistics have the wrong length");
  std::vector<float> result(slice.size());
  const float clip = statistics[kClip];
  switch (options.normalisation) {
    case Normalisation::kSliceZscore: {
      const Moments moments = clipped_moments(slice, clip);
      rescale(slice, clip, moments.mean, inverse_or_zero(moments.deviation), result);
      break;
    }
    case Normalisation::kVolumeZscore:
      rescale(slice, clip, statistics[kMean], inverse_or_zero(statistics[kDeviation]), result);
      break;
    case Normalisation::kUnitRange: {
      const double range = static_cast<double>(clip) - statistics[kMinimum];
      rescale(slice, clip, statistics[kMinimum], inverse_or_zero(range), result);
      break;
    }
    case Normalisation::kWindow:
      apply_window(slice, options, result);
      break;
  }
  return result;
}

std::string short_text(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

std::int64_t resampled_side(std::int64_t side, double from_mm, double to_mm) {
  const double exact = static_cast<double>(side) * from_mm / to_mm;
  if (!(exact <= static_cast<double>(kMaxSide)) || from_mm > kMostEnlarged * to_mm) {
    fail(ErrorCode::kInvalidData,
         {"slice too large after resampling", "prepare.spacing_mm",
          "at most " + std::to_string(kMaxSide) + " pixels per side, each at most " +
              std::to_string(kMostEnlarged) + " times smaller than before",
          std::to_string(side) + " pixels of " + short_text(from_mm) + " mm become " +
              short_text(std::round(exact)) + " of " + short_text(to_mm) + " mm",
          "correct the spacing in the file, or choose a larger prepare.spacing_mm"});
  }
  // Half a pixel is rounded up however the spacing was rounded when it was stored.
  return std::max<std::int64_t>(1, std::llround(exact + kRounding * exact));
}

}  // namespace

void PrepareOptions::describe(OptionTable table) {
  table.add(
      "orientation", orientation,
      "order of the axes that the network sees: auto = as dataset.json says, else "
      "anatomical; anatomical = one for all scans, chosen from their slice planes; array = as "
      "each file is stored; or the directions of x, y and slices, such as RAS");
  table.add("spacing_mm", spacing_mm, "pixel spacing in a slice after resampling; 0 = as acquired",
            0, 1000);
  table.add("normalisation", normalisation, "how intensities are normalised");
  table.add("clip_percentile", clip_percentile,
            "values above this percentile of the volume are clipped first; 100 = none", 50, 100);
  table.add("window_low", window_low, "least value that the normalisation window keeps", -1e6, 1e6);
  table.add("window_high", window_high,
            "largest value that the normalisation window keeps, above window_low", -1e6, 1e6);
  table.add("reach_mm", reach_mm,
            "unannotated pixels farther than this from every stroke of a class are background; 0 = "
            "unknown",
            0, 100000);
  table.add("assume", assume,
            "matrix to trust in files with contradicting or missing orientation; empty = refuse",
            {"", "sform", "qform", "spacing"});
}

void require_window(const PrepareOptions& options) {
  if (options.normalisation != Normalisation::kWindow) return;
  if (options.window_low < options.window_high) return;
  fail(ErrorCode::kUsage,
       {.what = "a window without width",
        .where = "prepare.window_high",
        .expected = "more than prepare.window_low",
        .found = short_text(options.window_low) + " to " + short_text(options.window_high)});
}

std::vector<float> volume_statistics(const Image& image, const PrepareOptions& options) {
  check(!image.voxels.empty(), "an image without voxels");
  require_window(options);
  const auto [low, high] = std::minmax_element(image.voxels.begin(), image.voxels.end());
  const float clip = options.clip_percentile >= 100
                         ? *high
                         : percentile_in_place(image.voxels, options.clip_percentile);
  const Moments moments = clipped_moments(image.voxels, clip);
  return {static_cast<float>(moments.mean), static_cast<float>(moments.deviation), clip, *low};
}

AxisOrder prepared_order(const Geometry& stored, const PrepareOptions& options) {
  return is_axis_codes(options.orientation) ? order_towards(stored, options.orientation)
                                            : AxisOrder{};
}

PlaneSize prepared_size(const Geometry& geometry, const PrepareOptions& options) {
  const PlaneSize acquired{geometry.size[0], geometry.size[1]};
  if (options.spacing_mm <= 0) return acquired;
  const Point3 spacing = geometry.spacing_mm();
  return {resampled_side(acquired.width, spacing[0], options.spacing_mm),
          resampled_side(acquired.height, spacing[1], options.spacing_mm)};
}

PreparedPlane prepare_plane(const Image& image, std::int64_t k, const PrepareOptions& options,
                            const std::vector<float>& volume_statistics) {
  check(k >= 0 && k < image.geometry.size[2], "slice outside the volume");
  const PlaneSize acquired{image.geometry.size[0], image.geometry.size[1]};
  PreparedPlane plane{prepared_size(image.geometry, options),
                      normalise(image.slice(k), options, volume_statistics)};
  if (plane.size == acquired) return plane;
  std::vector<float> resized(static_cast<std::size_t>(plane.size.count()));
  resize_area(plane.pixels, acquired, resized, plane.size);
  plane.pixels = std::move(resized);
  return plane;
}

}  // namespace medcl
