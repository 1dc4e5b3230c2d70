// SPDX-License-Identifier: Apache-2.0
#include "medcl/model/fast/winograd_kernels.h"

#if defined(__x86_64__) && defined(__GNUC__)

#include <cpuid.h>
#include <immintrin.h>

#include <algorithm>
#include <array>
#include <vector>

// Each function says what it needs, so that nothing else of the program does.
#define MEDCL_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")))
#define MEDCL_AVX512_INLINE MEDCL_AVX512 __attribute__((always_inline)) inline

namespace medcl::fast::winograd {
namespace {

constexpr std::int64_t kLanes = 16;  // floats of a register

// --- The transforms along one side: from[i * n] -> to[i * to_n] ----------------------------------

struct SamePatch {  // B^T
  static constexpr int kFrom = 4, kTo = 4;
  MEDCL_AVX512_INLINE static void apply(const __m512* d, int n, __m512* to, int to_n) {
    to[0 * to_n] = d[0 * n] - d[2 * n];
    to[1 * to_n] = d[1 * n] + d[2 * n];
    to[2 * to_n] = d[2 * n] - d[1 * n];
    to[3 * to_n] = d[1 * n] - d[3 * n];
  }
};

struct SameResult {  // A^T
  static constexpr int kFrom = 4, kTo = 2;
  MEDCL_AVX512_INLINE static void apply(const __m512* m, int n, __m512* to, int to_n) {
    to[0 * to_n] = m[0 * n] + m[1 * n] + m[2 * n];
    to[1 * to_n] = m[1 * n] - m[2 * n] - m[3 * n];
  }
};

struct SameGradient {  // A
  static constexpr int kFrom = 2, kTo = 4;
  MEDCL_AVX512_INLINE static void apply(const __m512* y, int n, __m512* to, int to_n) {
    to[0 * to_n] = y[0 * n];
    to[1 * to_n] = y[0 * n] + y[1 * n];
    to[2 * to_n] = y[0 * n] - y[1 * n];
    to[3 * to_n] = -y[1 * n];
  }
};

struct SameKernel {  // G
  static constexpr int kFrom = 3, kTo = 4;
  MEDCL_AVX512_INLINE static void apply(const __m512* g, int n, __m512* to, int to_n) {
    const __m512 half = _mm512_set1_ps(0.5F);
    const __m512 ends = (g[0 * n] + g[2 * n]) * half, middle = g[1 * n] * half;
    to[0 * to_n] = g[0 * n];
    to[1 * to_n] = ends + middle;
    to[2 * to_n] = ends - middle;
    to[3 * to_n] = g[2 * n];
  }
};

struct SameKernelGradient {  // G^T
  static constexpr int kFrom = 4, kTo = 3;
  MEDCL_AVX512_INLINE static void apply(const __m512* u, int n, __m512* to, int to_n) {
    const __m512 half = _mm512_set1_ps(0.5F);
    const __m512 sum = (u[1 * n] + u[2 * n]) * half;
    to[0 * to_n] = u[0 * n] + sum;
    to[1 * to_n] = (u[1 * n] - u[2 * n]) * half;
    to[2 * to_n] = u[3 * n] + sum;
  }
};

struct UpPatch {  // B^T
  static constexpr int kFrom = 3, kTo = 3;
  MEDCL_AVX512_INLINE static void apply(const __m512* x, int n, __m512* to, int to_n) {
    to[0 * to_n] = x[0 * n] - x[1 * n];
    to[1 * to_n] = x[1 * n];
    to[2 * to_n] = x[2 * n] - x[1 * n];
  }
};

struct UpResult {  // A^T
  static constexpr int kFrom = 3, kTo = 2;
  MEDCL_AVX512_INLINE static void apply(const __m512* m, int n, __m512* to, int to_n) {
    to[0 * to_n] = m[0 * n] + m[1 * n];
    to[1 * to_n] = m[1 * n] + m[2 * n];
  }
};

struct UpGradient {  // A
  static constexpr int kFrom = 2, kTo = 3;
  MEDCL_AVX512_INLINE static void apply(const __m512* y, int n, __m512* to, int to_n) {
    to[0 * to_n] = y[0 * n];
    to[1 * to_n] = y[0 * n] + y[1 * n];
    to[2 * to_n] = y[1 * n];
  }
};

struct UpKernel {  // G
  static constexpr int kFrom = 3, kTo = 3;
  MEDCL_AVX512_INLINE static void apply(const __m512* g, int n, __m512* to, int to_n) {
    to[0 * to_n] = g[0 * n];
    to[1 * to_n] = g[0 * n] + g[1 * n] + g[2 * n];
    to[2 * to_n] = g[2 * n];
  }
};

struct UpKernelGradient {  // G^T
  static constexpr int kFrom = 3, kTo = 3;
  MEDCL_AVX512_INLINE static void apply(const __m512* u, int n, __m512* to, int to_n) {
    to[0 * to_n] = u[0 * n] + u[1 * n];
    to[1 * to_n] = u[1 * n];
    to[2 * to_n] = u[1 * n] + u[2 * n];
  }
};

struct DownPatch {  // A and B of the neighbours that see the pixel
  static constexpr int kFrom = 4, kTo = 3;
  MEDCL_AVX512_INLINE static void apply(const __m512* y, int n, __m512* to, int to_n) {
    to[0 * to_n] = y[3 * n] - y[1 * n];
    to[1 * to_n] = y[1 * n] + y[2 * n];
    to[2 * to_n] = y[0 * n] - y[2 * n];
  }
};

struct DownResult {  // their sum
  static constexpr int kFrom = 3, kTo = 1;
  MEDCL_AVX512_INLINE static void apply(const __m512* m, int n, __m512* to, int to_n) {
    to[0 * to_n] = m[0 * n] + m[1 * n] + m[2 * n];
  }
};

template <typename Transform>
constexpr int kCells = Transform::kTo* Transform::kTo;

template <typename Transform>
MEDCL_AVX512_INLINE void both_ways(const __m512* from, __m512* to) {
  constexpr int kFrom = Transform::kFrom, kTo = Transform::kTo;
  __m512 half_way[kTo * kFrom];
#pragma GCC unroll 4
  for (int column = 0; column < kFrom; ++column) {
    Transform::apply(from + column, kFrom, half_way + column, kFrom);
  }
#pragma GCC unroll 4
  for (int row = 0; row < kTo; ++row) {
    Transform::apply(half_way + row * kFrom, 1, to + row * kTo, 1);
  }
}

// --- Loads and stores ----------------------------------------------------------------------------

MEDCL_AVX512_INLINE __m512 load(const BFloat16* values) {
  const __m256i bits = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(values));
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(bits), 16));
}

MEDCL_AVX512_INLINE __m256i rounded(__m512 values) {
  return reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(values));
}

/// Neighbouring values share a word.
MEDCL_AVX512_INLINE void store_neighbours(__m512 values, Pair* words) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(words), rounded(values));
}

/// A value of each shares a word.
MEDCL_AVX512_INLINE void store_both(__m512 low, __m512 high, Pair* words) {
  const __m512i upper = _mm512_slli_epi32(_mm512_cvtepu16_epi32(rounded(high)), 16);
  _mm512_storeu_si512(words, _mm512_or_si512(upper, _mm512_cvtepu16_epi32(rounded(low))));
}

// --- Where a tile lies ---------------------------------------------------------------------------

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

// --- Kernels -------------------------------------------------------------------------------------

/// Positions of 16 entries of I, for one of O.
template <typename Transform, bool kTurned>
MEDCL_AVX512_INLINE void transform_taps(const float* taps, std::int64_t in, __m512* positions) {
  __m512 values[9];
#pragma GCC unroll 9
  for (int t = 0; t < 9; ++t) values[t] = _mm512_loadu_ps(taps + (kTurned ? 8 - t : t) * in);
  both_ways<Transform>(values, positions);
}

template <typename Transform>
MEDCL_AVX512 void kernel(const Weight& weight, std::int64_t panel, Pair* positions) {
  const std::int64_t pairs = weight.in / 2;
  for (std::int64_t c = 0; c < weight.in; c += kLanes) {
    for (std::int64_t o = 0; o < kPanel; ++o) {
      __m512 values[kCells<Transform>];
      transform_taps<Transform, false>(weight.values + (panel * kPanel + o) * 9 * weight.in + c,
                                       weight.in, values);
      for (int p = 0; p < kCells<Transform>; ++p) {
        alignas(32) Pair words[kLanes / 2];
        store_neighbours(values[p], words);
        Pair* to = positions + (p * pairs + c / 2) * kPanel + o;
        for (int w = 0; w < kLanes / 2; ++w) to[w * kPanel] = words[w];
      }
    }
  }
}

template <typename Transform, bool kTurned>
MEDCL_AVX512 void transposed_kernel(const Weight& weight, std::int64_t panel, Pair* positions) {
  const std::int64_t pairs = weight.out / 2;
  for (std::int64_t o = 0; o < weight.out; o += 2) {
    for (std::int64_t c = 0; c < kPanel; c += kLanes) {
      const float* taps = weight.values + o * 9 * weight.in + panel * kPanel + c;
      __m512 low[kCells<Transform>], high[kCells<Transform>];
      transform_taps<Transform, kTurned>(taps, weight.in, low);
      transform_taps<Transform, kTurned>(taps + 9 * weight.in, weight.in, high);
#pragma GCC unroll 16
      for (int p = 0; p < kCells<Transform>; ++p) {
        store_both(low[p], high[p], positions + (p * pairs + o / 2) * kPanel + c);
      }
    }
  }
}

template <typename Transform>
MEDCL_AVX512 void kernel_gradient(const float* positions, std::int64_t out, std::int64_t in,
                                  std::int64_t row, float* gradient) {
  constexpr int kCount = Transform::kFrom * Transform::kFrom;
  for (std::int64_t c = 0; c < in; c += kLanes) {
    __m512 values[kCount], taps[9];
#pragma GCC unroll 16
    for (int p = 0; p < kCount; ++p) {
      values[p] = _mm512_loadu_ps(positions + (p * out + row) * in + c);
    }
    both_ways<Transform>(values, taps);
#pragma GCC unroll 9
    for (int t = 0; t < 9; ++t) _mm512_storeu_ps(gradient + (row * 9 + t) * in + c, taps[t]);
  }
}

}  // namespace

bool pays() {
  static const bool result = [] {
    constexpr unsigned kAmxBf16 = 1U << 22;  // leaf 7, EDX
    unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
    const bool has_amx =
        __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0 && (edx & kAmxBf16) != 0;
    return !has_amx && __builtin_cpu_supports("avx512bf16") != 0 &&
           __builtin_cpu_supports("avx512bw") != 0 && __builtin_cpu_supports("avx512vl") != 0 &&
           __builtin_cpu_supports("avx512dq") != 0;
  }();
  return result;
}

void transform_kernel(Kind kind, const Weight& weight, std::int64_t panel, Pair* positions) {
  const auto transform = kind == Kind::kSame ? &kernel<SameKernel> : &kernel<UpKernel>;
  transform(weight, panel, positions);
}

void transform_transposed_kernel(Kind kind, const Weight& weight, std::int64_t panel,
                                 Pair* positions) {
  const auto transform = kind == Kind::kSame ? &transposed_kernel<SameKernel, true>
                                             : &transposed_kernel<UpKernel, false>;
  transform(weight, panel, positions);
}

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

void gather_kernel_gradient(Kind kind, const float* positions, std::int64_t out, std::int64_t in,
                            std::int64_t row, float* gradient) {
  const auto gather = kind == Kind::kSame ? &kernel_gradient<SameKernelGradient>
                                          : &kernel_gradient<UpKernelGradient>;
  gather(positions, out, in, row, gradient);
}

MEDCL_AVX512 void multiply(const Rows& rows, std::int64_t count, const Pair* panel,
                           std::int64_t pairs, bool accumulate, float* result,
                           std::int64_t stride) {
  for (std::int64_t first = 0; first < count; first += kRows) {
    const Pair* words = rows.words + first * rows.row;
    float* to = result + first * stride;
    __m512 left[kRows], right[kRows];
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r) {
      left[r] = accumulate ? _mm512_loadu_ps(to + r * stride) : _mm512_setzero_ps();
      right[r] = accumulate ? _mm512_loadu_ps(to + r * stride + kLanes) : _mm512_setzero_ps();
    }
    for (std::int64_t p = 0; p < pairs; ++p) {
      const auto b0 = reinterpret_cast<__m512bh>(_mm512_loadu_si512(panel + p * kPanel));
      const auto b1 = reinterpret_cast<__m512bh>(_mm512_loadu_si512(panel + p * kPanel + kLanes));
#pragma GCC unroll 8
      for (int r = 0; r < kRows; ++r) {
        const auto a = reinterpret_cast<__m512bh>(
            _mm512_set1_epi32(static_cast<int>(words[r * rows.row + p * rows.pair])));
        left[r] = _mm512_dpbf16_ps(left[r], a, b0);
        right[r] = _mm512_dpbf16_ps(right[r], a, b1);
      }
    }
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r) {
      _mm512_storeu_ps(to + r * stride, left[r]);
      _mm512_storeu_ps(to + r * stride + kLanes, right[r]);
    }
  }
}

}  // namespace medcl::fast::winograd

#else

#include "medcl/core/error.h"

namespace medcl::fast::winograd {

bool pays() { return false; }

}  // namespace medcl::fast::winograd

#endif
