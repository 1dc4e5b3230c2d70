// SPDX-License-Identifier: Apache-2.0
#include "medcl/image/resample.h"

#include <algorithm>
#include <cmath>

#include "medcl/core/error.h"

namespace medcl {
namespace {

struct LinearSampler {
  const float* source;
  PlaneSize size;

  [[nodiscard]] float operator()(double x, double y) const {
    const double floor_x = std::floor(x), floor_y = std::floor(y);
    const auto fx = static_cast<float>(x - floor_x), fy = static_cast<float>(y - floor_y);
    const auto ix = static_cast<std::int64_t>(floor_x), iy = static_cast<std::int64_t>(floor_y);
    const std::int64_t x0 = std::max<std::int64_t>(ix, 0), x1 = std::min(ix + 1, size.width - 1);
    const std::int64_t y0 = std::max<std::int64_t>(iy, 0), y1 = std::min(iy + 1, size.height - 1);
    const float* top = source + y0 * size.width;
    const float* bottom = source + y1 * size.width;
    // A weight of zero must not let a non-finite neighbour in, and must keep integers exact.
    const float upper = fx == 0 ? top[x0] : top[x0] + fx * (top[x1] - top[x0]);
    if (fy == 0) {
      return upper;
    }
    const float lower = fx == 0 ? bottom[x0] : bottom[x0] + fx * (bottom[x1] - bottom[x0]);
    return upper + fy * (lower - upper);
  }
};

template <typename T>
struct NearestSampler {
  const T* source;
  PlaneSize size;

  [[nodiscard]] T operator()(double x, double y) const {
    const auto ix = std::min(static_cast<std::int64_t>(x + 0.5), size.width - 1);
    const auto iy = std::min(static_cast<std::int64_t>(y + 0.5), size.height - 1);
    return source[iy * size.width + ix];
  }
};

template <typename T, typename Sampler>
void sample_plane(const Sampler& sampler, const PlaneSize& source_size, const Affine2& affine,
                  T fill, std::span<T> output, const PlaneSize& output_size) {
  const double right = static_cast<double>(source_size.width) - 0.5;
  const double bottom = static_cast<double>(source_size.height) - 0.5;
  T* pixel = output.data();
  for (std::int64_t row = 0; row < output_size.height; ++row) {
    const auto y = static_cast<double>(row);
    const double start_x = affine[0][1] * y + affine[0][2];
    const double start_y = affine[1][1] * y + affine[1][2];
    for (std::int64_t column = 0; column < output_size.width; ++column) {
      const auto x = static_cast<double>(column);
      const double source_x = affine[0][0] * x + start_x;
      const double source_y = affine[1][0] * x + start_y;
      const bool inside =
          source_x >= -0.5 && source_x <= right && source_y >= -0.5 && source_y <= bottom;
      *pixel++ = inside ? sampler(source_x, source_y) : fill;
    }
  }
}

/// Between two neighbouring slices.
struct SliceBlend {
  LinearSampler below, above;
  float share;  ///< of the one above

  [[nodiscard]] float operator()(double x, double y) const {
    const float lower = below(x, y);
    return lower + share * (above(x, y) - lower);
  }
};

struct LinearSlices {
  const float* source;
  Extent size;

  [[nodiscard]] LinearSampler slice(std::int64_t z) const {
    return {source + std::clamp<std::int64_t>(z, 0, size.z - 1) * size.plane().count(),
            size.plane()};
  }
  /// use(sampler of the plane at `z`)
  template <typename Use>
  auto with(double z, const Use& use) const {
    const double floor_z = std::floor(z);
    const auto share = static_cast<float>(z - floor_z);
    const auto below = static_cast<std::int64_t>(floor_z);
    return share == 0 ? use(slice(below)) : use(SliceBlend{slice(below), slice(below + 1), share});
  }
};

template <typename T>
struct NearestSlices {
  const T* source;
  Extent size;

  template <typename Use>
  auto with(double z, const Use& use) const {
    const auto slice = std::min(static_cast<std::int64_t>(z + 0.5), size.z - 1);
    return use(NearestSampler<T>{source + slice * size.plane().count(), size.plane()});
  }
};

bool lies_within(double position, std::int64_t length) {
  return position >= -0.5 && position <= static_cast<double>(length) - 0.5;
}

/// Slice `z` of an output whose slices come from several of the source each.
template <typename T, typename Slices>
void sample_oblique(const Slices& slices, const Affine3& affine, const Affine2& in_plane, double z,
                    T fill, std::span<T> output, const PlaneSize& output_size) {
  T* pixel = output.data();
  for (std::int64_t row = 0; row < output_size.height; ++row) {
    for (std::int64_t column = 0; column < output_size.width; ++column) {
      const auto x = static_cast<double>(column), y = static_cast<double>(row);
      const double source_z = affine[0][0] * z + affine[0][1] * y + affine[0][2] * x + affine[0][3];
      const double source_x = in_plane[0][0] * x + in_plane[0][1] * y + in_plane[0][2];
      const double source_y = in_plane[1][0] * x + in_plane[1][1] * y + in_plane[1][2];
      const bool inside = lies_within(source_z, slices.size.z) &&
                          lies_within(source_y, slices.size.y) &&
                          lies_within(source_x, slices.size.x);
      *pixel++ = inside ? slices.with(source_z,
                                      [&](const auto& at) -> T { return at(source_x, source_y); })
                        : fill;
    }
  }
}

template <typename T, typename Slices>
void sample_volume(const Slices& slices, const Affine3& affine, T fill, std::span<T> output,
                   const Extent& output_size) {
  const PlaneSize plane = output_size.plane();
  const auto area = static_cast<std::size_t>(plane.count());
  for (std::int64_t k = 0; k < output_size.z; ++k) {
    const auto z = static_cast<double>(k);
    const Affine2 in_plane{{{affine[2][2], affine[2][1], affine[2][0] * z + affine[2][3]},
                            {affine[1][2], affine[1][1], affine[1][0] * z + affine[1][3]}}};
    const std::span<T> slice = output.subspan(static_cast<std::size_t>(k) * area, area);
    const double source_z = affine[0][0] * z + affine[0][3];
    if (affine[0][1] != 0 || affine[0][2] != 0) {
      sample_oblique(slices, affine, in_plane, z, fill, slice, plane);
    } else if (!lies_within(source_z, slices.size.z)) {
      std::fill(slice.begin(), slice.end(), fill);
    } else {
      slices.with(source_z, [&](const auto& at) {
        sample_plane(at, slices.size.plane(), in_plane, fill, slice, plane);
      });
    }
  }
}

void check_sizes(std::size_t source, const Extent& source_size, std::size_t output,
                 const Extent& output_size) {
  check(source_size.z > 0 && source_size.y > 0 && source_size.x > 0 &&
            static_cast<std::int64_t>(source) == source_size.count(),
        "resample: source does not fit its size");
  check(output_size.z >= 0 && output_size.y >= 0 && output_size.x >= 0 &&
            static_cast<std::int64_t>(output) == output_size.count(),
        "resample: output does not fit its size");
}

void check_planes(std::size_t source, const PlaneSize& source_size, std::size_t output,
                  const PlaneSize& output_size) {
  check_sizes(source, extent_of(source_size), output, extent_of(output_size));
}

}  // namespace

void resample(std::span<const float> source, const PlaneSize& source_size,
              const Affine2& source_from_output, Interpolation interpolation, float fill,
              std::span<float> output, const PlaneSize& output_size) {
  check_planes(source.size(), source_size, output.size(), output_size);
  if (interpolation == Interpolation::kLinear) {
    sample_plane(LinearSampler{source.data(), source_size}, source_size, source_from_output, fill,
                 output, output_size);
  } else {
    sample_plane(NearestSampler<float>{source.data(), source_size}, source_size, source_from_output,
                 fill, output, output_size);
  }
}

void resample(std::span<const std::uint8_t> source, const PlaneSize& source_size,
              const Affine2& source_from_output, std::uint8_t fill, std::span<std::uint8_t> output,
              const PlaneSize& output_size) {
  check_planes(source.size(), source_size, output.size(), output_size);
  sample_plane(NearestSampler<std::uint8_t>{source.data(), source_size}, source_size,
               source_from_output, fill, output, output_size);
}

void resample(std::span<const float> source, const Extent& source_size,
              const Affine3& source_from_output, Interpolation interpolation, float fill,
              std::span<float> output, const Extent& output_size) {
  check_sizes(source.size(), source_size, output.size(), output_size);
  if (interpolation == Interpolation::kLinear) {
    sample_volume(LinearSlices{source.data(), source_size}, source_from_output, fill, output,
                  output_size);
  } else {
    sample_volume(NearestSlices<float>{source.data(), source_size}, source_from_output, fill,
                  output, output_size);
  }
}

void resample(std::span<const std::uint8_t> source, const Extent& source_size,
              const Affine3& source_from_output, std::uint8_t fill, std::span<std::uint8_t> output,
              const Extent& output_size) {
  check_sizes(source.size(), source_size, output.size(), output_size);
  sample_volume(NearestSlices<std::uint8_t>{source.data(), source_size}, source_from_output, fill,
                output, output_size);
}

}  // namespace medcl
