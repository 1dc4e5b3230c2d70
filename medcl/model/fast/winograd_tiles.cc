// SPDX-License-Identifier: Apache-2.0
#include "medcl/model/fast/winograd_kernels.h"
#include "medcl/model/fast/winograd_vectors.h"

#ifdef MEDCL_HAS_AVX512

#include <array>
#include <vector>

namespace medcl::fast::winograd {
namespace {

struct Place {
  std::int64_t image, row, column;  // of the tile
};

Place place_of(const Tiling& tiling, std::int64_t tile) {
  const std::int64_t image = tile / tiling.per_image(), rest = tile % tiling.per_image();
  return {image, rest / tiling.columns(), rest % tiling.columns()};
}

/// Pointers to the channels of the pixels of a tile; outside the image to zeros.
template <int kSide>
struct Pixels {
  std::array<const BFloat16*, kSide * kSide> at;

  /// `top`, `left`: the first pixel of the tile in an image of `height` x `width`.
  void find(const BFloat16* image, std::int64_t height, std::int64_t width, std::int64_t channels,
            std::int64_t top, std::int64_t left, const BFloat16* zeros) {
    for (int r = 0; r < kSide; ++r) {
      for (int c = 0; c < kSide; ++c) {
        const std::int64_t y = top + r, x = left + c;
        const bool is_inside = y >= 0 && y < height && x >= 0 && x < width;
        at[static_cast<std::size_t>(r * kSide + c)] =
            is_inside ? image + (y * width + x) * channels : zeros;
      }
    }
  }
};

struct Zeros {
  explicit Zeros(std::int64_t channels) : values(static_cast<std::size_t>(channels)) {}
  std::vector<BFloat16> values;
};

/// An image that tiles are cut from: every `step` pixels one, the first `padding` before the image.
struct Source {
  const BFloat16* values;
  std::int64_t height, width, channels, step, padding;
};

Source convolved(const Tiling& tiling, const BFloat16* image, std::int64_t channels) {
  return {image, tiling.height, tiling.width, channels, tiling.step(), tiling.padding};
}

Source result_of(const Tiling& tiling, const BFloat16* image, std::int64_t channels) {
  return {image, tiling.out_height, tiling.out_width, channels, tiling.side(), 0};
}

/// All zeros for a tile past the last.
template <int kSide>
void find(const Tiling& tiling, const Source& source, std::int64_t tile, std::int64_t tiles,
          const Zeros& zeros, Pixels<kSide>& pixels) {
  if (tile >= tiles) {
    pixels.at.fill(zeros.values.data());
    return;
  }
  const Place place = place_of(tiling, tile);
  pixels.find(source.values + place.image * source.height * source.width * source.channels,
              source.height, source.width, source.channels,
              place.row * source.step - source.padding, place.column * source.step - source.padding,
              zeros.values.data());
}

template <typename Transform>
MEDCL_AVX512_INLINE void transform_pixels(const Pixels<Transform::kFrom>& pixels,
                                          std::int64_t channel, __m512* to) {
  constexpr int kCount = Transform::kFrom * Transform::kFrom;
  __m512 values[kCount];
#pragma GCC unroll 16
  for (int i = 0; i < kCount; ++i) {
    values[i] = load(pixels.at[static_cast<std::size_t>(i)] + channel);
  }
  both_ways<Transform>(values, to);
}

template <typename Transform>
MEDCL_AVX512 void patches(const Tiling& tiling, const Source& source, const Range& range,
                          Pair* positions) {
  const Zeros zeros(source.channels);
  const std::int64_t pairs = source.channels / 2;
  Pixels<Transform::kFrom> pixels;
  for (std::int64_t t = 0; t < range.count; ++t) {
    find(tiling, source, range.first + t, range.first + range.count, zeros, pixels);
    for (std::int64_t c = 0; c < source.channels; c += kLanes) {
      __m512 values[kCells<Transform>];
      transform_pixels<Transform>(pixels, c, values);
#pragma GCC unroll 16
      for (int p = 0; p < kCells<Transform>; ++p) {
        store_neighbours(values[p], positions + (p * range.count + t) * pairs + c / 2);
      }
    }
  }
}

/// `sums` [channels]: += all pixels, unless null.
template <typename Transform>
MEDCL_AVX512 void patch_pairs(const Tiling& tiling, const Source& source, const PairRange& range,
                              std::int64_t tiles, Pair* positions, float* sums) {
  constexpr int kSumOfPixels = Transform::kTo + 1;  // where A dY A^T is that of dY
  const Zeros zeros(source.channels);
  const std::int64_t position_step = source.channels * range.pairs;
  Pixels<Transform::kFrom> first, second;
  for (std::int64_t pair = range.begin; pair < range.end; ++pair) {
    find(tiling, source, range.first + 2 * pair, tiles, zeros, first);
    find(tiling, source, range.first + 2 * pair + 1, tiles, zeros, second);
    for (std::int64_t c = 0; c < source.channels; c += kLanes) {
      __m512 low[kCells<Transform>], high[kCells<Transform>];
      transform_pixels<Transform>(first, c, low);
      transform_pixels<Transform>(second, c, high);
      if (sums != nullptr) {
        const __m512 both = low[kSumOfPixels] + high[kSumOfPixels];
        _mm512_storeu_ps(sums + c, _mm512_loadu_ps(sums + c) + both);
      }
      Pair* to = positions + (c / kPanel * range.pairs + pair) * kPanel + c % kPanel;
#pragma GCC unroll 16
      for (int p = 0; p < kCells<Transform>; ++p) {
        store_both(low[p], high[p], to + p * position_step);
      }
    }
  }
}

template <typename Transform>
MEDCL_AVX512 void results(const Tiling& tiling, const float* products, const float* bias,
                          std::int64_t channels, std::int64_t panel, const Range& range,
                          BFloat16* result) {
  constexpr int kSide = Transform::kTo, kProducts = Transform::kFrom * Transform::kFrom;
  for (std::int64_t t = 0; t < range.count; ++t) {
    const Place place = place_of(tiling, range.first + t);
    BFloat16* image = result + place.image * tiling.out_height * tiling.out_width * channels;
    for (std::int64_t c = 0; c < kPanel; c += kLanes) {
      __m512 values[kProducts], pixels[kCells<Transform>];
#pragma GCC unroll 16
      for (int p = 0; p < kProducts; ++p) {
        values[p] = _mm512_loadu_ps(products + (p * range.count + t) * kPanel + c);
      }
      both_ways<Transform>(values, pixels);
      const std::int64_t channel = panel * kPanel + c;
      const __m512 shift = bias == nullptr ? _mm512_setzero_ps() : _mm512_loadu_ps(bias + channel);
      for (int i = 0; i < kCells<Transform>; ++i) {
        const std::int64_t y = kSide * place.row + i / kSide, x = kSide * place.column + i % kSide;
        if (y >= tiling.out_height || x >= tiling.out_width) continue;
        BFloat16* to = image + (y * tiling.out_width + x) * channels + channel;
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), rounded(pixels[i] + shift));
      }
    }
  }
}

}  // namespace

void transform_patches(const Tiling& tiling, const BFloat16* image, std::int64_t channels,
                       const Range& range, Pair* positions) {
  const auto transform = tiling.kind == Kind::kSame ? &patches<SamePatch>
                         : tiling.kind == Kind::kUp ? &patches<UpPatch>
                                                    : &patches<DownPatch>;
  transform(tiling, convolved(tiling, image, channels), range, positions);
}

void transform_patch_pairs(const Tiling& tiling, const BFloat16* image, std::int64_t channels,
                           const PairRange& range, std::int64_t tiles, Pair* positions) {
  const auto transform =
      tiling.kind == Kind::kSame ? &patch_pairs<SamePatch> : &patch_pairs<UpPatch>;
  transform(tiling, convolved(tiling, image, channels), range, tiles, positions, nullptr);
}

void transform_gradient_pairs(const Tiling& tiling, const BFloat16* gradient, std::int64_t channels,
                              const PairRange& range, std::int64_t tiles, Pair* positions,
                              float* sums) {
  const auto transform =
      tiling.kind == Kind::kSame ? &patch_pairs<SameGradient> : &patch_pairs<UpGradient>;
  transform(tiling, result_of(tiling, gradient, channels), range, tiles, positions, sums);
}

void gather_results(const Tiling& tiling, const float* products, const float* bias,
                    std::int64_t channels, std::int64_t panel, const Range& range,
                    BFloat16* result) {
  const auto gather = tiling.kind == Kind::kSame ? &results<SameResult>
                      : tiling.kind == Kind::kUp ? &results<UpResult>
                                                 : &results<DownResult>;
  gather(tiling, products, bias, channels, panel, range, result);
}

}  // namespace medcl::fast::winograd

#endif
