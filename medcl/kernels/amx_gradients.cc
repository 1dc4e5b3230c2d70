// SPDX-License-Identifier: Apache-2.0
#include "medcl/kernels/amx_loops.h"
#include "medcl/kernels/amx_tiles.h"

#ifdef MEDCL_HAS_WINOGRAD

namespace medcl::fast::amx {

namespace {

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

}  // namespace

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

namespace {

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

}  // namespace

void add_products(const Factors* rows, std::int64_t row_count, const Factors* columns,
                  std::int64_t column_count, const Length& length, const SumTile* sums) {
  using Add = void (*)(const Factors*, const Factors*, const Length&, const SumTile*);
  constexpr Add kOfOne[] = {&add_one<1>, &add_one<2>, &add_one<3>,
                            &add_one<4>, &add_one<5>, &add_one<6>};
  constexpr Add kOfTwo[] = {&add_two<1>, &add_two<2>};
  (row_count == 2 ? kOfTwo : kOfOne)[column_count - 1](rows, columns, length, sums);
}

}  // namespace medcl::fast::amx

#endif
