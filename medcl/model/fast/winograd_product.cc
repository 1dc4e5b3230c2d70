// SPDX-License-Identifier: Apache-2.0
#include "medcl/model/fast/winograd_kernels.h"
#include "medcl/model/fast/winograd_vectors.h"

#ifdef MEDCL_HAS_AVX512

#include <cpuid.h>

namespace medcl::fast::winograd {

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

#endif
