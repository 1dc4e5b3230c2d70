// SPDX-License-Identifier: Apache-2.0
#include "medcl/model/fast/winograd_kernels.h"
#include "medcl/model/fast/winograd_vectors.h"

#ifdef MEDCL_HAS_AVX512

namespace medcl::fast::winograd {
namespace {

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

void gather_kernel_gradient(Kind kind, const float* positions, std::int64_t out, std::int64_t in,
                            std::int64_t row, float* gradient) {
  const auto gather = kind == Kind::kSame ? &kernel_gradient<SameKernelGradient>
                                          : &kernel_gradient<UpKernelGradient>;
  gather(positions, out, in, row, gradient);
}

}  // namespace medcl::fast::winograd

#endif
