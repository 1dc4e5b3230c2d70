// SPDX-License-Identifier: Apache-2.0
#include "medcl/kernels/amx_kernels.h"

#include "medcl/kernels/winograd_levels.h"

#ifdef MEDCL_HAS_WINOGRAD

#include <immintrin.h>

#include <array>
#include <utility>

// Each function says what it needs, so that nothing else of the program does.
#define MEDCL_AMX \
  __attribute__((target("amx-tile,amx-bf16,avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")))
#define MEDCL_AMX_INLINE MEDCL_AMX __attribute__((always_inline)) inline
// Tiles are read and written behind the compiler's back: what is stored before must be in memory.
#define MEDCL_AMX_FENCE asm volatile("" ::: "memory")

namespace medcl::fast::amx {
namespace {

constexpr int kRowBytes = 64;

/// Of the instruction that configures the tiles.
struct alignas(64) Configuration {
  std::uint8_t palette = 1, start_row = 0;
  std::array<std::uint8_t, 14> reserved{};
  std::array<std::uint16_t, 16> row_bytes{};
  std::array<std::uint8_t, 16> rows{};
};

MEDCL_AMX void begin() {
  Configuration all;
  for (int tile = 0; tile < 8; ++tile) {
    all.row_bytes[tile] = kRowBytes;
    all.rows[tile] = kRows;
  }
  MEDCL_AMX_FENCE;
  _tile_loadconfig(&all);
}

MEDCL_AMX void end() { _tile_release(); }

MEDCL_AMX_INLINE __m512i rounded(__m512 low, __m512 high) {
  return reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(high, low));
}

/// 0, 16, 1, 17, ...: pairs of values half a register apart.
MEDCL_AMX_INLINE __m512i interleaving() {
  const __m512i first = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
  return _mm512_or_si512(first,
                         _mm512_slli_epi32(_mm512_add_epi32(first, _mm512_set1_epi32(16)), 16));
}

/// Rows of 16 words become columns.
MEDCL_AMX_INLINE void transpose_words(__m512i* rows) {
  __m512i half_way[16];
#pragma GCC unroll 8
  for (int i = 0; i < 16; i += 2) {
    half_way[i] = _mm512_unpacklo_epi32(rows[i], rows[i + 1]);
    half_way[i + 1] = _mm512_unpackhi_epi32(rows[i], rows[i + 1]);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 16; i += 4) {
    rows[i] = _mm512_unpacklo_epi64(half_way[i], half_way[i + 2]);
    rows[i + 1] = _mm512_unpackhi_epi64(half_way[i], half_way[i + 2]);
    rows[i + 2] = _mm512_unpacklo_epi64(half_way[i + 1], half_way[i + 3]);
    rows[i + 3] = _mm512_unpackhi_epi64(half_way[i + 1], half_way[i + 3]);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    half_way[i] = _mm512_shuffle_i32x4(rows[i], rows[i + 4], 0x88);
    half_way[i + 4] = _mm512_shuffle_i32x4(rows[i], rows[i + 4], 0xdd);
    half_way[i + 8] = _mm512_shuffle_i32x4(rows[i + 8], rows[i + 12], 0x88);
    half_way[i + 12] = _mm512_shuffle_i32x4(rows[i + 8], rows[i + 12], 0xdd);
  }
#pragma GCC unroll 8
  for (int i = 0; i < 8; ++i) {
    rows[i] = _mm512_shuffle_i32x4(half_way[i], half_way[i + 8], 0x88);
    rows[i + 8] = _mm512_shuffle_i32x4(half_way[i], half_way[i + 8], 0xdd);
  }
}

/// The sums of taps of 16 neighbouring input channels, 0 for those that are only staged.
MEDCL_AMX_INLINE __m512 tap_sum(const Weight& weight, const TapSum& taps, std::int64_t out,
                                std::int64_t in) {
  const std::int64_t left = weight.in - in;
  const auto mask = static_cast<__mmask16>(left >= kRows ? 0xffff : (1 << left) - 1);
  const float* const kernel = weight.values + out * 9 * weight.in + in;
  __m512 sum = _mm512_setzero_ps();
  for (std::int64_t row = taps.first_row; row <= taps.last_row; ++row) {
    for (std::int64_t column = taps.first_column; column <= taps.last_column; ++column) {
      sum =
          _mm512_add_ps(sum, _mm512_maskz_loadu_ps(mask, kernel + (row * 3 + column) * weight.in));
    }
  }
  return sum;
}

/// The same 16 values from `at` in a row of taps, 0 behind its end.
MEDCL_AMX_INLINE __m512 row_sum(const Weight& weight, const KernelRow& row, std::int64_t out,
                                std::int64_t at) {
  if (at >= row.columns * weight.staged_in) return _mm512_setzero_ps();
  return tap_sum(weight, row.taps[at / weight.staged_in], out, at % weight.staged_in);
}

std::int64_t steps_of(std::int64_t values) { return (values + kDepth - 1) / kDepth; }

MEDCL_AMX void pack_kernel(const Weight& weight, const KernelRow& row, BFloat16* packed) {
  const std::int64_t values = row.columns * weight.staged_in;
  for (std::int64_t step = 0; step < steps_of(values); ++step) {
    for (std::int64_t tile = 0; tile < row.tiles; ++tile, packed += kTile) {
      __m512i words[16];
      for (int n = 0; n < 16; ++n) {
        const std::int64_t out = row.channel + tile * kRows + n, at = step * kDepth;
        words[n] = rounded(row_sum(weight, row, out, at), row_sum(weight, row, out, at + kRows));
      }
      transpose_words(words);
      for (int n = 0; n < 16; ++n) _mm512_storeu_si512(packed + n * kDepth, words[n]);
    }
  }
}

MEDCL_AMX void pack_transposed_kernel(const Weight& weight, const KernelRow& row,
                                      BFloat16* packed) {
  const __m512i order = interleaving();
  const std::int64_t values = row.columns * weight.out;
  for (std::int64_t step = 0; step < steps_of(values); ++step) {
    for (std::int64_t tile = 0; tile < row.tiles; ++tile, packed += kTile) {
      for (std::int64_t pair = 0; pair < kRows; ++pair) {
        const std::int64_t at = step * kDepth + 2 * pair, in = row.channel + tile * kRows;
        __m512i words = _mm512_setzero_si512();
        if (at < values) {
          const TapSum& taps = row.taps[at / weight.out];
          const std::int64_t out = at % weight.out;
          words = _mm512_permutexvar_epi16(
              order, rounded(tap_sum(weight, taps, out, in), tap_sum(weight, taps, out + 1, in)));
        }
        _mm512_storeu_si512(packed + pair * kDepth, words);
      }
    }
  }
}

/// Tiles 0 to 3 become the products of 2 groups with 2 tiles of channels.
MEDCL_AMX_INLINE void multiply_two(const Product& p, const std::int64_t* pixels) {
  const BFloat16 *first = p.staged + pixels[0] * p.channels,
                 *second = p.staged + pixels[1] * p.channels, *kernel = p.kernel;
  const std::int64_t stride = p.pixel_step * p.channels * 2;
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  for (std::int64_t row = 0; row < p.tap_rows; ++row) {
    for (std::int64_t step = 0; step < p.steps; ++step, kernel += 2 * kTile) {
      _tile_stream_loadd(6, kernel, kRowBytes);
      _tile_stream_loadd(7, kernel + kTile, kRowBytes);
      _tile_loadd(4, first + step * kDepth, stride);
      _tile_dpbf16ps(0, 4, 6);
      _tile_dpbf16ps(1, 4, 7);
      _tile_loadd(5, second + step * kDepth, stride);
      _tile_dpbf16ps(2, 5, 6);
      _tile_dpbf16ps(3, 5, 7);
    }
    first += p.row_values;
    second += p.row_values;
  }
}

/// Tiles 0 to 3 become the products of 4 groups with 1 tile of channels.
MEDCL_AMX_INLINE void multiply_four(const Product& p, const std::int64_t* pixels) {
  const BFloat16* kernel = p.kernel;
  const BFloat16* rows[4];
  for (int i = 0; i < 4; ++i) rows[i] = p.staged + pixels[i] * p.channels;
  const std::int64_t stride = p.pixel_step * p.channels * 2;
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  for (std::int64_t row = 0; row < p.tap_rows; ++row) {
    for (std::int64_t step = 0; step < p.steps; ++step, kernel += kTile) {
      _tile_loadd(6, kernel, kRowBytes);
      _tile_loadd(4, rows[0] + step * kDepth, stride);
      _tile_dpbf16ps(0, 4, 6);
      _tile_loadd(5, rows[1] + step * kDepth, stride);
      _tile_dpbf16ps(1, 5, 6);
      _tile_loadd(7, rows[2] + step * kDepth, stride);
      _tile_dpbf16ps(2, 7, 6);
      _tile_loadd(4, rows[3] + step * kDepth, stride);
      _tile_dpbf16ps(3, 4, 6);
    }
    for (const BFloat16*& values : rows) values += p.row_values;
  }
}

MEDCL_AMX_INLINE void store_tiles(float* sums) {
  MEDCL_AMX_FENCE;
  _tile_stored(0, sums, kRowBytes);
  _tile_stored(1, sums + kSums, kRowBytes);
  _tile_stored(2, sums + 2 * kSums, kRowBytes);
  _tile_stored(3, sums + 3 * kSums, kRowBytes);
  MEDCL_AMX_FENCE;
}

/// LeakyReLU with a slope from 0 to 1.
MEDCL_AMX_INLINE __m512 rectified(__m512 values, __m512 slope) {
  return _mm512_max_ps(values, _mm512_mul_ps(values, slope));
}

/// The sums of a group, in one tile or in two that follow each other, become results.
template <int kTiles>
MEDCL_AMX_INLINE void write_group(const Groups& groups, const Product& p, std::size_t group,
                                  const float* sums) {
  const __m512 zero = _mm512_setzero_ps(), slope = _mm512_set1_ps(p.slope);
  const __m512 bias0 = p.bias != nullptr ? _mm512_loadu_ps(p.bias) : zero;
  const __m512 bias1 = p.bias != nullptr && kTiles == 2 ? _mm512_loadu_ps(p.bias + kRows) : zero;
  const std::int64_t step = p.result_step * p.result_channels;
  const std::int64_t last = groups.first_runs[group + 1];
  for (std::int64_t i = groups.first_runs[group]; i < last; ++i) {
    const Run& run = groups.runs[static_cast<std::size_t>(i)];
    BFloat16* to = p.result + run.pixel * p.result_channels;
    const float* from = sums + run.first * kRows;
    for (std::int64_t n = 0; n < run.count; ++n, to += step, from += kRows) {
      const __m512 low = rectified(_mm512_add_ps(_mm512_load_ps(from), bias0), slope);
      if constexpr (kTiles == 2) {
        const __m512 high = rectified(_mm512_add_ps(_mm512_load_ps(from + kSums), bias1), slope);
        _mm512_storeu_si512(to, rounded(low, high));
      } else {
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(to),
                            reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(low)));
      }
    }
  }
}

/// The four tiles of sums.
template <int kTiles>
MEDCL_AMX_INLINE void write_groups(const Groups& groups, const Product& p, std::size_t first,
                                   const float* sums) {
  for (std::size_t i = 0; i < 4 / kTiles; ++i) {
    write_group<kTiles>(groups, p, first + i, sums + i * kTiles * kSums);
  }
}

/// Results of kAtOnce groups are written while the products of the next are made.
template <int kTiles>
MEDCL_AMX void make_panel(const Groups& groups, const Product& p) {
  constexpr std::size_t kAtOnce = 4 / kTiles;
  alignas(64) float sums[2][4 * kSums];
  const std::size_t count = groups.pixels.size();
  bool other = false;
  for (std::size_t first = 0; first < count; first += kAtOnce, other = !other) {
    if constexpr (kTiles == 2) {
      multiply_two(p, &groups.pixels[first]);
    } else {
      multiply_four(p, &groups.pixels[first]);
    }
    if (first > 0) write_groups<kTiles>(groups, p, first - kAtOnce, sums[other ? 0 : 1]);
    store_tiles(sums[other ? 1 : 0]);
  }
  if (count > 0) write_groups<kTiles>(groups, p, count - kAtOnce, sums[other ? 0 : 1]);
}

void make_results(const Groups& groups, const Product& product, std::int64_t tiles) {
  tiles == 2 ? make_panel<2>(groups, product) : make_panel<1>(groups, product);
}

MEDCL_AMX_INLINE __m256i load_half(const BFloat16* values) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(values));
}

/// 16 channels of a pixel and of the one behind it, pair by pair.
MEDCL_AMX_INLINE __m512i pair_of_pixels(const BFloat16* pixel, std::int64_t channels,
                                        __m512i order) {
  return _mm512_permutexvar_epi16(
      order,
      _mm512_inserti64x4(_mm512_castsi256_si512(load_half(pixel)), load_half(pixel + channels), 1));
}

MEDCL_AMX void interleave(const BFloat16* pixels, std::int64_t channels, std::int64_t channel,
                          std::int64_t pairs, BFloat16* to) {
  const __m512i order = interleaving();
  const BFloat16* pixel = pixels + channel;
  for (std::int64_t i = 0; i < pairs; ++i, pixel += 2 * channels, to += kDepth) {
    _mm512_storeu_si512(to, pair_of_pixels(pixel, channels, order));
  }
}

MEDCL_AMX void transpose(const BFloat16* pixels, std::int64_t channels, std::int64_t channel,
                         std::int64_t tiles, BFloat16* to) {
  const __m512i order = interleaving();
  const BFloat16* pixel = pixels + channel;
  for (std::int64_t i = 0; i < tiles; ++i, to += kTile) {
    __m512i words[16];
#pragma GCC unroll 16
    for (int n = 0; n < 16; ++n, pixel += 2 * channels) {
      words[n] = pair_of_pixels(pixel, channels, order);
    }
    transpose_words(words);
#pragma GCC unroll 16
    for (int n = 0; n < 16; ++n) _mm512_storeu_si512(to + n * kDepth, words[n]);
  }
}

// Numbers of tiles are part of the instructions. Loads of what is used once leave the first cache
// alone (stream).
#define MEDCL_BEGIN_SUMS(tile, i)                        \
  if (length.accumulate) {                               \
    _tile_loadd(tile, sums[i].sums, sums[i].stride * 4); \
  } else {                                               \
    _tile_zero(tile);                                    \
  }                                                      \
  static_assert(true)
#define MEDCL_STORE_SUMS(tile, i) _tile_stored(tile, sums[i].sums, sums[i].stride * 4)

/// 2 rows and kColumns, 1 or 2, columns of tiles.
template <int kColumns>
MEDCL_AMX void add_two(const Factors* rows, const Factors* columns, const Length& length,
                       const SumTile* sums) {
  const Factors &first = columns[0], &second = columns[kColumns - 1];
  MEDCL_BEGIN_SUMS(0, 0);
  MEDCL_BEGIN_SUMS(2, kColumns);
  if constexpr (kColumns == 2) {
    MEDCL_BEGIN_SUMS(1, 1);
    MEDCL_BEGIN_SUMS(3, 3);
  }
  for (std::int64_t segment = 0; segment < length.segments; ++segment) {
    const BFloat16 *a0 = rows[0].first + segment * rows[0].segment,
                   *a1 = rows[1].first + segment * rows[1].segment,
                   *b0 = first.first + segment * first.segment,
                   *b1 = second.first + segment * second.segment;
    for (std::int64_t step = 0; step < length.steps; ++step) {
      _tile_stream_loadd(4, a0, kRowBytes);
      _tile_stream_loadd(5, a1, kRowBytes);
      _tile_stream_loadd(6, b0, kRowBytes);
      _tile_dpbf16ps(0, 4, 6);
      _tile_dpbf16ps(2, 5, 6);
      if constexpr (kColumns == 2) {
        _tile_stream_loadd(7, b1, kRowBytes);
        _tile_dpbf16ps(1, 4, 7);
        _tile_dpbf16ps(3, 5, 7);
        b1 += second.step;
      }
      a0 += rows[0].step;
      a1 += rows[1].step;
      b0 += first.step;
    }
  }
  MEDCL_STORE_SUMS(0, 0);
  MEDCL_STORE_SUMS(2, kColumns);
  if constexpr (kColumns == 2) {
    MEDCL_STORE_SUMS(1, 1);
    MEDCL_STORE_SUMS(3, 3);
  }
  MEDCL_AMX_FENCE;
}

#define MEDCL_EACH_COLUMN(what) \
  { what(0); }                  \
  if constexpr (kColumns > 1) { \
    what(1);                    \
  }                             \
  if constexpr (kColumns > 2) { \
    what(2);                    \
  }                             \
  if constexpr (kColumns > 3) { \
    what(3);                    \
  }                             \
  if constexpr (kColumns > 4) { \
    what(4);                    \
  }                             \
  if constexpr (kColumns > 5) { \
    what(5);                    \
  }                             \
  static_assert(true)
#define MEDCL_BEGIN_COLUMN_SUMS(i) MEDCL_BEGIN_SUMS(i, i)
#define MEDCL_STORE_COLUMN_SUMS(i) MEDCL_STORE_SUMS(i, i)
#define MEDCL_ADD_COLUMN(i)               \
  {                                       \
    _tile_loadd(6, column[i], kRowBytes); \
    column[i] += columns[i].step;         \
    _tile_dpbf16ps(i, 7, 6);              \
  }

/// 1 row and 1 to 6 columns.
template <int kColumns>
MEDCL_AMX void add_one(const Factors* rows, const Factors* columns, const Length& length,
                       const SumTile* sums) {
  MEDCL_EACH_COLUMN(MEDCL_BEGIN_COLUMN_SUMS);
  for (std::int64_t segment = 0; segment < length.segments; ++segment) {
    const BFloat16* row = rows[0].first + segment * rows[0].segment;
    const BFloat16* column[kColumns];
    for (int i = 0; i < kColumns; ++i) column[i] = columns[i].first + segment * columns[i].segment;
    for (std::int64_t step = 0; step < length.steps; ++step, row += rows[0].step) {
      _tile_loadd(7, row, kRowBytes);
      MEDCL_EACH_COLUMN(MEDCL_ADD_COLUMN);
    }
  }
  MEDCL_EACH_COLUMN(MEDCL_STORE_COLUMN_SUMS);
  MEDCL_AMX_FENCE;
}

void add_products(const Factors* rows, std::int64_t row_count, const Factors* columns,
                  std::int64_t column_count, const Length& length, const SumTile* sums) {
  using Add = void (*)(const Factors*, const Factors*, const Length&, const SumTile*);
  constexpr Add kOfOne[] = {&add_one<1>, &add_one<2>, &add_one<3>,
                            &add_one<4>, &add_one<5>, &add_one<6>};
  constexpr Add kOfTwo[] = {&add_two<1>, &add_two<2>};
  (row_count == 2 ? kOfTwo : kOfOne)[column_count - 1](rows, columns, length, sums);
}

}  // namespace

const Loops* loops() {
  static const Loops all = {.begin = &begin,
                            .end = &end,
                            .pack_kernel = &pack_kernel,
                            .pack_transposed_kernel = &pack_transposed_kernel,
                            .make_results = &make_results,
                            .interleave = &interleave,
                            .transpose = &transpose,
                            .add_products = &add_products};
  static const bool is_usable = winograd::has_matrix_units();
  return is_usable ? &all : nullptr;
}

}  // namespace medcl::fast::amx

#else

namespace medcl::fast::amx {

const Loops* loops() { return nullptr; }

}  // namespace medcl::fast::amx

#endif
