// SPDX-License-Identifier: Apache-2.0
#pragma once

// The one resampler. Works on 2-D slices (the method is 2-D); a plane is row-major, x fastest.
// Pixel (x, y) has its centre at integer coordinates.

#include <array>
#include <cstdint>
#include <span>

namespace medcl {

struct PlaneSize {
  std::int64_t width = 0, height = 0;
  [[nodiscard]] std::int64_t count() const { return width * height; }
  bool operator==(const PlaneSize&) const = default;
};

/// source = A [x y 1]^T for an output pixel (x, y).
using Affine2 = std::array<std::array<double, 3>, 2>;

enum class Interpolation { kNearest, kLinear };

Affine2 compose(const Affine2& outer, const Affine2& inner);
Affine2 inverse(const Affine2& affine);
/// A counter-clockwise turn (row 0 at the top, as numpy.rot90) by `radians` about the centre of
/// `size`.
Affine2 rotation_about_centre(const PlaneSize& size, double radians);
/// The map for an output grid `to` that covers the same extent as the source `from` (pixel edges,
/// not centres, coincide).
Affine2 scaling(const PlaneSize& from, const PlaneSize& to);

/// Fills `output` from `source`; what lies outside the source by more than half a pixel gets
/// `fill`. Linear interpolation clamps to the border inside that half pixel. Single-threaded, no
/// allocation.
void resample(std::span<const float> source, const PlaneSize& source_size,
              const Affine2& source_from_output, Interpolation interpolation, float fill,
              std::span<float> output, const PlaneSize& output_size);
/// The same for labels, by nearest neighbour.
void resample(std::span<const std::uint8_t> source, const PlaneSize& source_size,
              const Affine2& source_from_output, std::uint8_t fill, std::span<std::uint8_t> output,
              const PlaneSize& output_size);

/// Resizes a plane to `to`; when shrinking, the source is averaged over the footprint of an output
/// pixel (box filter), so that nothing aliases.
void resize_area(std::span<const float> source, const PlaneSize& from, std::span<float> output,
                 const PlaneSize& to);

}  // namespace medcl
