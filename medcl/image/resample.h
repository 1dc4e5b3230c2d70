// SPDX-License-Identifier: Apache-2.0
#pragma once

// The one resampler, for planes and volumes, which are row-major, x fastest, slice by slice.

#include <cstdint>
#include <span>

#include "medcl/image/affine.h"
#include "medcl/image/extent.h"

namespace medcl {

enum class Interpolation { kNearest, kLinear };

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

/// The same for volumes; linear interpolation is trilinear. A slice of the output that comes from
/// one slice of the source is, bit for bit and in the same time, what the plane of it is.
void resample(std::span<const float> source, const Extent& source_size,
              const Affine3& source_from_output, Interpolation interpolation, float fill,
              std::span<float> output, const Extent& output_size);
void resample(std::span<const std::uint8_t> source, const Extent& source_size,
              const Affine3& source_from_output, std::uint8_t fill, std::span<std::uint8_t> output,
              const Extent& output_size);

/// Resizes a plane to `to`; when shrinking, the source is averaged over the footprint of an output
/// pixel (box filter), so that nothing aliases.
void resize_area(std::span<const float> source, const PlaneSize& from, std::span<float> output,
                 const PlaneSize& to);

}  // namespace medcl
