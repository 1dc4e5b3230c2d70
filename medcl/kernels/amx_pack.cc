// SPDX-License-Identifier: Apache-2.0
#include "medcl/kernels/amx_loops.h"
#include "medcl/kernels/amx_tiles.h"

#ifdef MEDCL_HAS_WINOGRAD

namespace medcl::fast::amx {

namespace {

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

}  // namespace

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

}  // namespace medcl::fast::amx

#endif
