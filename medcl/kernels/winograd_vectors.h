// SPDX-License-Identifier: Apache-2.0
#pragma once

// Registers of floats of one kind of processor, which the including winograd_avx*.cc chooses:
// everything here lies in a namespace of its level. Internal to these files.

#include <immintrin.h>

#include <bit>

#include "medcl/kernels/winograd_kernels.h"

// Each function says what it needs, so that nothing else of the program does.
#if defined(MEDCL_WINOGRAD_AVX512_BF16)
#define MEDCL_LEVEL avx512_bf16
#define MEDCL_TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")))
#elif defined(MEDCL_WINOGRAD_AVX512)
#define MEDCL_LEVEL avx512
#define MEDCL_TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq")))
#else
#define MEDCL_LEVEL avx2
#define MEDCL_TARGET __attribute__((target("avx2,fma")))
#endif
#define MEDCL_TARGET_INLINE MEDCL_TARGET __attribute__((always_inline)) inline

namespace medcl::fast::winograd::MEDCL_LEVEL {

#if defined(MEDCL_WINOGRAD_AVX512) || defined(MEDCL_WINOGRAD_AVX512_BF16)

using Floats = __m512;
constexpr std::int64_t kLanes = 16;  ///< floats of a register

MEDCL_TARGET_INLINE Floats load(const float* values) { return _mm512_loadu_ps(values); }
MEDCL_TARGET_INLINE void store(Floats values, float* to) { _mm512_storeu_ps(to, values); }
MEDCL_TARGET_INLINE Floats all(float value) { return _mm512_set1_ps(value); }
MEDCL_TARGET_INLINE Floats load_words(const Word* words) {
  return _mm512_castsi512_ps(_mm512_loadu_si512(words));
}

/// Rows of a product whose sums stay in registers: of tiles, and of the channels of a panel.
constexpr int kRowsOfFloats = 16, kRowsOfFloatPanel = 16;

#else

using Floats = __m256;
constexpr std::int64_t kLanes = 8;

MEDCL_TARGET_INLINE Floats load(const float* values) { return _mm256_loadu_ps(values); }
MEDCL_TARGET_INLINE void store(Floats values, float* to) { _mm256_storeu_ps(to, values); }
MEDCL_TARGET_INLINE Floats all(float value) { return _mm256_set1_ps(value); }
MEDCL_TARGET_INLINE Floats load_words(const Word* words) {
  return _mm256_castsi256_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(words)));
}

constexpr int kRowsOfFloats = 6, kRowsOfFloatPanel = 4;

#endif

MEDCL_TARGET_INLINE Floats all(Word word) { return all(std::bit_cast<float>(word)); }

#if defined(MEDCL_WINOGRAD_AVX512_BF16)

/// 0, 16, 1, 17, ...: pairs of values half a register apart.
MEDCL_TARGET_INLINE __m512i interleaved() {
  const __m512i first = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
  return _mm512_or_si512(first,
                         _mm512_slli_epi32(_mm512_add_epi32(first, _mm512_set1_epi32(16)), 16));
}
MEDCL_TARGET_INLINE __m256i rounded(Floats values) {
  return reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(values));
}
MEDCL_TARGET_INLINE Floats load(const BFloat16* values) {
  const __m256i bits = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(values));
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(bits), 16));
}
MEDCL_TARGET_INLINE void store(Floats values, BFloat16* to) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), rounded(values));
}

/// Products of bfloat16, in panels of 16 or 32 channels.
template <std::int64_t kChannels>
struct BFloat16Words {
  static constexpr int kPerWord = 2, kRows = 256 / kChannels, kRowsOfPanel = kRows;
  static constexpr std::int64_t kPanel = kChannels;

  MEDCL_TARGET_INLINE static void store_neighbours(Floats values, Word* words) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(words), rounded(values));
  }
  MEDCL_TARGET_INLINE static void store_tiles(const Floats* tiles, int step, Word* words) {
    const auto both = reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(tiles[step], tiles[0]));
    _mm512_storeu_si512(words, _mm512_permutexvar_epi16(interleaved(), both));
  }
  MEDCL_TARGET_INLINE static void add_product(Floats& sum, Floats a, Floats b) {
    sum = _mm512_dpbf16_ps(sum, reinterpret_cast<__m512bh>(a), reinterpret_cast<__m512bh>(b));
  }
};

#else

/// Products of floats.
struct FloatWords {
  static constexpr int kPerWord = 1, kRows = kRowsOfFloats, kRowsOfPanel = kRowsOfFloatPanel;
  static constexpr std::int64_t kPanel = 16;

  /// Neighbouring values share words.
  MEDCL_TARGET_INLINE static void store_neighbours(Floats values, Word* words) {
    store(values, reinterpret_cast<float*>(words));
  }
  /// The values of kPerWord tiles share words.
  MEDCL_TARGET_INLINE static void store_tiles(const Floats* tiles, int /*step*/, Word* words) {
    store(tiles[0], reinterpret_cast<float*>(words));
  }
  MEDCL_TARGET_INLINE static void add_product(Floats& sum, Floats a, Floats b) { sum += a * b; }
};

#endif

}  // namespace medcl::fast::winograd::MEDCL_LEVEL
