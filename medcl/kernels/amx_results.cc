// SPDX-License-Identifier: Apache-2.0
#include "medcl/kernels/amx_loops.h"
#include "medcl/kernels/amx_tiles.h"

#ifdef MEDCL_HAS_WINOGRAD

namespace medcl::fast::amx {

namespace {

/// Tiles 0 to 3, the sums of what follows.
MEDCL_AMX_INLINE void clear_tiles() {
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
}

/// Tiles 0 to 3 become the products of 2 groups with 2 tiles of channels.
MEDCL_AMX_INLINE void multiply_two(const Product& p, const std::int64_t* pixels) {
  const BFloat16 *first = p.staged + pixels[0] * p.channels,
                 *second = p.staged + pixels[1] * p.channels, *kernel = p.kernel;
  const std::int64_t stride = p.pixel_step * p.channels * 2;
  clear_tiles();
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
  clear_tiles();
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

}  // namespace

void make_results(const Groups& groups, const Product& product, std::int64_t tiles) {
  tiles == 2 ? make_panel<2>(groups, product) : make_panel<1>(groups, product);
}

}  // namespace medcl::fast::amx

#endif
