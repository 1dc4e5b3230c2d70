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

// --- The transforms along one side; * = on the left as written, ^T on the right by symmetry. -----

struct Patch {  // B^T
  static constexpr int kFrom = 4, kTo = 4;
  MEDCL_AVX512_INLINE static void apply(const __m512* d, int step, __m512* to, int to_step) {
    to[0 * to_step] = d[0 * step] - d[2 * step];
    to[1 * to_step] = d[1 * step] + d[2 * step];
    to[2 * to_step] = d[2 * step] - d[1 * step];
    to[3 * to_step] = d[1 * step] - d[3 * step];
  }
};

struct Result {  // A^T
  static constexpr int kFrom = 4, kTo = 2;
  MEDCL_AVX512_INLINE static void apply(const __m512* m, int step, __m512* to, int to_step) {
    to[0 * to_step] = m[0 * step] + m[1 * step] + m[2 * step];
    to[1 * to_step] = m[1 * step] - m[2 * step] - m[3 * step];
  }
};

/// Where A dY A^T is the sum of dY.
constexpr int kSumOfPixels = 5;
struct ResultGradient {  // A
  static constexpr int kFrom = 2, kTo = 4;
  MEDCL_AVX512_INLINE static void apply(const __m512* y, int step, __m512* to, int to_step) {
    to[0 * to_step] = y[0 * step];
    to[1 * to_step] = y[0 * step] + y[1 * step];
    to[2 * to_step] = y[0 * step] - y[1 * step];
    to[3 * to_step] = -y[1 * step];
  }
};

struct Kernel {  // G
  static constexpr int kFrom = 3, kTo = 4;
  MEDCL_AVX512_INLINE static void apply(const __m512* g, int step, __m512* to, int to_step) {
    const __m512 half = _mm512_set1_ps(0.5F);
    const __m512 ends = (g[0 * step] + g[2 * step]) * half, middle = g[1 * step] * half;
    to[0 * to_step] = g[0 * step];
    to[1 * to_step] = ends + middle;
    to[2 * to_step] = ends - middle;
    to[3 * to_step] = g[2 * step];
  }
};

struct KernelGradient {  // G^T
  static constexpr int kFrom = 4, kTo = 3;
  MEDCL_AVX512_INLINE static void apply(const __m512* u, int step, __m512* to, int to_step) {
    const __m512 half = _mm512_set1_ps(0.5F);
    const __m512 sum = (u[1 * step] + u[2 * step]) * half;
    to[0 * to_step] = u[0 * step] + sum;
    to[1 * to_step] = (u[1 * step] - u[2 * step]) * half;
    to[2 * to_step] = u[3 * step] + sum;
  }
};

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

using Patch4 = Pixels<4>;
using Result2 = Pixels<2>;

struct Zeros {
  explicit Zeros(std::int64_t channels) : values(static_cast<std::size_t>(channels)) {}
  std::vector<BFloat16> values;
};

void find_patch(const Tiling& tiling, const BFloat16* image, std::int64_t channels,
                std::int64_t tile, const Zeros& zeros, Patch4& patch) {
  const Place place = place_of(tiling, tile);
  patch.find(image + place.image * tiling.height * tiling.width * channels, tiling.height,
             tiling.width, channels, 2 * place.row - tiling.padding,
             2 * place.column - tiling.padding, zeros.values.data());
}

void find_result(const Tiling& tiling, const BFloat16* image, std::int64_t channels,
                 std::int64_t tile, const Zeros& zeros, Result2& pixels) {
  const Place place = place_of(tiling, tile);
  pixels.find(image + place.image * tiling.out_height * tiling.out_width * channels,
              tiling.out_height, tiling.out_width, channels, 2 * place.row, 2 * place.column,
              zeros.values.data());
}

template <typename Transform, typename Found>
MEDCL_AVX512_INLINE void transform_pixels(const Found& pixels, std::int64_t channel, __m512* to) {
  constexpr int kCount = Transform::kFrom * Transform::kFrom;
  __m512 values[kCount];
#pragma GCC unroll 16
  for (int i = 0; i < kCount; ++i)
    values[i] = load(pixels.at[static_cast<std::size_t>(i)] + channel);
  both_ways<Transform>(values, to);
}

/// Two tiles to a word, for all channels. `pair`: the word's index in a panel of `pairs` words.
/// `sums`: of all pixels, or null.
template <typename Transform, typename Found>
MEDCL_AVX512_INLINE void transform_two(const Found& first, const Found& second,
                                       std::int64_t channels, std::int64_t pair, std::int64_t pairs,
                                       Pair* positions, float* sums) {
  const std::int64_t position_step = channels * pairs;
  for (std::int64_t c = 0; c < channels; c += kLanes) {
    __m512 low[kPositions], high[kPositions];
    transform_pixels<Transform>(first, c, low);
    transform_pixels<Transform>(second, c, high);
    if (sums != nullptr) {
      _mm512_storeu_ps(sums + c,
                       _mm512_loadu_ps(sums + c) + low[kSumOfPixels] + high[kSumOfPixels]);
    }
    Pair* to = positions + (c / kPanel * pairs + pair) * kPanel + c % kPanel;
#pragma GCC unroll 16
    for (int p = 0; p < kPositions; ++p) store_both(low[p], high[p], to + p * position_step);
  }
}

// --- Kernels -------------------------------------------------------------------------------------

/// Positions of 16 entries of I from channel `in_first` on, for one of O.
template <bool kTurned>
MEDCL_AVX512_INLINE void transform_taps(const float* taps, std::int64_t in, __m512* positions) {
  __m512 values[9];
#pragma GCC unroll 9
  for (int t = 0; t < 9; ++t) values[t] = _mm512_loadu_ps(taps + (kTurned ? 8 - t : t) * in);
  both_ways<Kernel>(values, positions);
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

MEDCL_AVX512 void transform_kernel(const float* weight, std::int64_t /*out*/, std::int64_t in,
                                   std::int64_t panel, Pair* positions) {
  const std::int64_t pairs = in / 2;
  for (std::int64_t c = 0; c < in; c += kLanes) {
    for (std::int64_t o = 0; o < kPanel; ++o) {
      __m512 values[kPositions];
      transform_taps<false>(weight + (panel * kPanel + o) * 9 * in + c, in, values);
      for (int p = 0; p < kPositions; ++p) {
        alignas(32) Pair words[kLanes / 2];
        store_neighbours(values[p], words);
        Pair* to = positions + (p * pairs + c / 2) * kPanel + o;
        for (int w = 0; w < kLanes / 2; ++w) to[w * kPanel] = words[w];
      }
    }
  }
}

MEDCL_AVX512 void transform_turned_kernel(const float* weight, std::int64_t out, std::int64_t in,
                                          std::int64_t panel, Pair* positions) {
  const std::int64_t pairs = out / 2;
  for (std::int64_t o = 0; o < out; o += 2) {
    for (std::int64_t c = 0; c < kPanel; c += kLanes) {
      const float* taps = weight + o * 9 * in + panel * kPanel + c;
      __m512 low[kPositions], high[kPositions];
      transform_taps<true>(taps, in, low);
      transform_taps<true>(taps + 9 * in, in, high);
#pragma GCC unroll 16
      for (int p = 0; p < kPositions; ++p) {
        store_both(low[p], high[p], positions + (p * pairs + o / 2) * kPanel + c);
      }
    }
  }
}

MEDCL_AVX512 void transform_patches(const Tiling& tiling, const BFloat16* image,
                                    std::int64_t channels, const Range& range, Pair* positions) {
  const Zeros zeros(channels);
  const std::int64_t pairs = channels / 2;
  Patch4 patch;
  for (std::int64_t t = 0; t < range.count; ++t) {
    find_patch(tiling, image, channels, range.first + t, zeros, patch);
    for (std::int64_t c = 0; c < channels; c += kLanes) {
      __m512 values[kPositions];
      transform_pixels<Patch>(patch, c, values);
#pragma GCC unroll 16
      for (int p = 0; p < kPositions; ++p) {
        store_neighbours(values[p], positions + (p * range.count + t) * pairs + c / 2);
      }
    }
  }
}

MEDCL_AVX512 void transform_patch_pairs(const Tiling& tiling, const BFloat16* image,
                                        std::int64_t channels, const PairRange& range,
                                        std::int64_t tiles, Pair* positions) {
  const Zeros zeros(channels);
  Patch4 first, second;
  for (std::int64_t pair = range.begin; pair < range.end; ++pair) {
    first.at.fill(zeros.values.data());
    second.at.fill(zeros.values.data());
    const std::int64_t tile = range.first + 2 * pair;
    if (tile < tiles) find_patch(tiling, image, channels, tile, zeros, first);
    if (tile + 1 < tiles) find_patch(tiling, image, channels, tile + 1, zeros, second);
    transform_two<Patch>(first, second, channels, pair, range.pairs, positions, nullptr);
  }
}

MEDCL_AVX512 void transform_gradient_pairs(const Tiling& tiling, const BFloat16* gradient,
                                           std::int64_t channels, const PairRange& range,
                                           std::int64_t tiles, Pair* positions, float* sums) {
  const Zeros zeros(channels);
  Result2 first, second;
  for (std::int64_t pair = range.begin; pair < range.end; ++pair) {
    first.at.fill(zeros.values.data());
    second.at.fill(zeros.values.data());
    const std::int64_t tile = range.first + 2 * pair;
    if (tile < tiles) find_result(tiling, gradient, channels, tile, zeros, first);
    if (tile + 1 < tiles) find_result(tiling, gradient, channels, tile + 1, zeros, second);
    transform_two<ResultGradient>(first, second, channels, pair, range.pairs, positions, sums);
  }
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

MEDCL_AVX512 void gather_results(const Tiling& tiling, const float* products, const float* bias,
                                 std::int64_t channels, std::int64_t panel, const Range& range,
                                 BFloat16* result) {
  for (std::int64_t t = 0; t < range.count; ++t) {
    const Place place = place_of(tiling, range.first + t);
    BFloat16* image = result + place.image * tiling.out_height * tiling.out_width * channels;
    for (std::int64_t c = 0; c < kPanel; c += kLanes) {
      __m512 values[kPositions], pixels[4];
#pragma GCC unroll 16
      for (int p = 0; p < kPositions; ++p) {
        values[p] = _mm512_loadu_ps(products + (p * range.count + t) * kPanel + c);
      }
      both_ways<Result>(values, pixels);
      const __m512 shift =
          bias == nullptr ? _mm512_setzero_ps() : _mm512_loadu_ps(bias + panel * kPanel + c);
      for (int i = 0; i < 4; ++i) {
        const std::int64_t y = 2 * place.row + i / 2, x = 2 * place.column + i % 2;
        if (y >= tiling.out_height || x >= tiling.out_width) continue;
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(
                                image + (y * tiling.out_width + x) * channels + panel * kPanel + c),
                            rounded(pixels[i] + shift));
      }
    }
  }
}

MEDCL_AVX512 void gather_kernel_gradient(const float* positions, std::int64_t out, std::int64_t in,
                                         std::int64_t row, float* gradient) {
  for (std::int64_t c = 0; c < in; c += kLanes) {
    __m512 values[kPositions], taps[9];
#pragma GCC unroll 16
    for (int p = 0; p < kPositions; ++p) {
      values[p] = _mm512_loadu_ps(positions + (p * out + row) * in + c);
    }
    both_ways<KernelGradient>(values, taps);
#pragma GCC unroll 9
    for (int t = 0; t < 9; ++t) _mm512_storeu_ps(gradient + (row * 9 + t) * in + c, taps[t]);
  }
}

}  // namespace medcl::fast::winograd

#else

#include "medcl/core/error.h"

namespace medcl::fast::winograd {

bool pays() { return false; }

}  // namespace medcl::fast::winograd

#endif
