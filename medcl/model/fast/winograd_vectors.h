// SPDX-License-Identifier: Apache-2.0
#pragma once

// The transforms of winograd_kernels.h on registers of 16 channels, each its matrix written out.
// Internal to the winograd_*.cc files.

#if defined(__x86_64__) && defined(__GNUC__)

#define MEDCL_HAS_AVX512

#include <immintrin.h>

#include "medcl/model/fast/winograd_kernels.h"

// Each function says what it needs, so that nothing else of the program does.
#define MEDCL_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")))
#define MEDCL_AVX512_INLINE MEDCL_AVX512 __attribute__((always_inline)) inline

namespace medcl::fast::winograd {

constexpr std::int64_t kLanes = 16;  ///< floats of a register

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

}  // namespace medcl::fast::winograd

#endif
