// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the loops of amx_kernels.h share: how their functions are compiled, and how registers are
// rearranged. Internal to the amx_*.cc files of loops; with the processor's intrinsics.

#include "medcl/kernels/amx_kernels.h"
#include "medcl/kernels/winograd_levels.h"

#ifdef MEDCL_HAS_WINOGRAD

#include <immintrin.h>

// Each function says what it needs, so that nothing else of the program does.
#define MEDCL_AMX \
  __attribute__((target("amx-tile,amx-bf16,avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")))
#define MEDCL_AMX_INLINE MEDCL_AMX __attribute__((always_inline)) inline
// Tiles are read and written behind the compiler's back: what is stored before must be in memory.
#define MEDCL_AMX_FENCE asm volatile("" ::: "memory")

namespace medcl::fast::amx {

constexpr int kRowBytes = 64;

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

}  // namespace medcl::fast::amx

#endif
