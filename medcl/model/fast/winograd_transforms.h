// SPDX-License-Identifier: Apache-2.0
#pragma once

// The transforms of winograd_kernels.h along one side of a tile, each its matrix written out:
// from[i * n] -> to[i * to_n]; and along both. Internal to the winograd_avx*.cc files.

#include "medcl/model/fast/winograd_vectors.h"

namespace medcl::fast::winograd::MEDCL_LEVEL {

struct TwoPatch {  // B^T
  static constexpr int kFrom = 4, kTo = 4;
  MEDCL_TARGET_INLINE static void apply(const Floats* d, std::int64_t n, Floats* to,
                                        std::int64_t to_n) {
    to[0 * to_n] = d[0 * n] - d[2 * n];
    to[1 * to_n] = d[1 * n] + d[2 * n];
    to[2 * to_n] = d[2 * n] - d[1 * n];
    to[3 * to_n] = d[1 * n] - d[3 * n];
  }
};

struct TwoResult {  // A^T
  static constexpr int kFrom = 4, kTo = 2;
  MEDCL_TARGET_INLINE static void apply(const Floats* m, std::int64_t n, Floats* to,
                                        std::int64_t to_n) {
    to[0 * to_n] = m[0 * n] + m[1 * n] + m[2 * n];
    to[1 * to_n] = m[1 * n] - m[2 * n] - m[3 * n];
  }
};

struct TwoGradient {  // A
  static constexpr int kFrom = 2, kTo = 4;
  MEDCL_TARGET_INLINE static void apply(const Floats* y, std::int64_t n, Floats* to,
                                        std::int64_t to_n) {
    to[0 * to_n] = y[0 * n];
    to[1 * to_n] = y[0 * n] + y[1 * n];
    to[2 * to_n] = y[0 * n] - y[1 * n];
    to[3 * to_n] = -y[1 * n];
  }
};

struct TwoKernel {  // G
  static constexpr int kFrom = 3, kTo = 4;
  MEDCL_TARGET_INLINE static void apply(const Floats* g, std::int64_t n, Floats* to,
                                        std::int64_t to_n) {
    const Floats half = all(0.5F);
    const Floats ends = (g[0 * n] + g[2 * n]) * half, middle = g[1 * n] * half;
    to[0 * to_n] = g[0 * n];
    to[1 * to_n] = ends + middle;
    to[2 * to_n] = ends - middle;
    to[3 * to_n] = g[2 * n];
  }
};

struct TwoKernelGradient {  // G^T
  static constexpr int kFrom = 4, kTo = 3;
  MEDCL_TARGET_INLINE static void apply(const Floats* u, std::int64_t n, Floats* to,
                                        std::int64_t to_n) {
    const Floats half = all(0.5F);
    const Floats sum = (u[1 * n] + u[2 * n]) * half;
    to[0 * to_n] = u[0 * n] + sum;
    to[1 * to_n] = (u[1 * n] - u[2 * n]) * half;
    to[2 * to_n] = u[3 * n] + sum;
  }
};

struct FourPatch {  // B^T
  static constexpr int kFrom = 6, kTo = 6;
  MEDCL_TARGET_INLINE static void apply(const Floats* d, std::int64_t n, Floats* to,
                                        std::int64_t to_n) {
    const Floats even = d[4 * n] - 4.0F * d[2 * n], odd = d[3 * n] - 4.0F * d[1 * n];
    const Floats ends = d[4 * n] - d[2 * n], slope = 2.0F * (d[3 * n] - d[1 * n]);
    to[0 * to_n] = 4.0F * d[0 * n] - 5.0F * d[2 * n] + d[4 * n];
    to[1 * to_n] = even + odd;
    to[2 * to_n] = even - odd;
    to[3 * to_n] = ends + slope;
    to[4 * to_n] = ends - slope;
    to[5 * to_n] = 4.0F * d[1 * n] - 5.0F * d[3 * n] + d[5 * n];
  }
};

struct FourResult {  // A^T
  static constexpr int kFrom = 6, kTo = 4;
  MEDCL_TARGET_INLINE static void apply(const Floats* m, std::int64_t n, Floats* to,
                                        std::int64_t to_n) {
    const Floats near_sum = m[1 * n] + m[2 * n], near_difference = m[1 * n] - m[2 * n];
    const Floats far_sum = m[3 * n] + m[4 * n], far_difference = m[3 * n] - m[4 * n];
    to[0 * to_n] = m[0 * n] + near_sum + far_sum;
    to[1 * to_n] = near_difference + 2.0F * far_difference;
    to[2 * to_n] = near_sum + 4.0F * far_sum;
    to[3 * to_n] = near_difference + 8.0F * far_difference + m[5 * n];
  }
};

struct FourGradient {  // A
  static constexpr int kFrom = 4, kTo = 6;
  MEDCL_TARGET_INLINE static void apply(const Floats* y, std::int64_t n, Floats* to,
                                        std::int64_t to_n) {
    const Floats even = y[0 * n] + y[2 * n], odd = y[1 * n] + y[3 * n];
    const Floats far_even = y[0 * n] + 4.0F * y[2 * n], far_odd = 2.0F * y[1 * n] + 8.0F * y[3 * n];
    to[0 * to_n] = y[0 * n];
    to[1 * to_n] = even + odd;
    to[2 * to_n] = even - odd;
    to[3 * to_n] = far_even + far_odd;
    to[4 * to_n] = far_even - far_odd;
    to[5 * to_n] = y[3 * n];
  }
};

struct FourKernel {  // G
  static constexpr int kFrom = 3, kTo = 6;
  MEDCL_TARGET_INLINE static void apply(const Floats* g, std::int64_t n, Floats* to,
                                        std::int64_t to_n) {
    const Floats ends = (g[0 * n] + g[2 * n]) * (-1.0F / 6), middle = g[1 * n] * (-1.0F / 6);
    const Floats far_ends = g[0 * n] * (1.0F / 24) + g[2 * n] * (1.0F / 6);
    const Floats far_middle = g[1 * n] * (1.0F / 12);
    to[0 * to_n] = g[0 * n] * 0.25F;
    to[1 * to_n] = ends + middle;
    to[2 * to_n] = ends - middle;
    to[3 * to_n] = far_ends + far_middle;
    to[4 * to_n] = far_ends - far_middle;
    to[5 * to_n] = g[2 * n];
  }
};

struct FourKernelGradient {  // G^T
  static constexpr int kFrom = 6, kTo = 3;
  MEDCL_TARGET_INLINE static void apply(const Floats* u, std::int64_t n, Floats* to,
                                        std::int64_t to_n) {
    const Floats near_sum = (u[1 * n] + u[2 * n]) * (-1.0F / 6);
    const Floats near_difference = (u[2 * n] - u[1 * n]) * (1.0F / 6);
    const Floats far_sum = u[3 * n] + u[4 * n];
    const Floats far_difference = (u[3 * n] - u[4 * n]) * (1.0F / 12);
    to[0 * to_n] = u[0 * n] * 0.25F + near_sum + far_sum * (1.0F / 24);
    to[1 * to_n] = near_difference + far_difference;
    to[2 * to_n] = near_sum + far_sum * (1.0F / 6) + u[5 * n];
  }
};

struct UpPatch {  // B^T
  static constexpr int kFrom = 3, kTo = 3;
  MEDCL_TARGET_INLINE static void apply(const Floats* x, std::int64_t n, Floats* to,
                                        std::int64_t to_n) {
    to[0 * to_n] = x[0 * n] - x[1 * n];
    to[1 * to_n] = x[1 * n];
    to[2 * to_n] = x[2 * n] - x[1 * n];
  }
};

struct UpResult {  // A^T
  static constexpr int kFrom = 3, kTo = 2;
  MEDCL_TARGET_INLINE static void apply(const Floats* m, std::int64_t n, Floats* to,
                                        std::int64_t to_n) {
    to[0 * to_n] = m[0 * n] + m[1 * n];
    to[1 * to_n] = m[1 * n] + m[2 * n];
  }
};

struct UpGradient {  // A
  static constexpr int kFrom = 2, kTo = 3;
  MEDCL_TARGET_INLINE static void apply(const Floats* y, std::int64_t n, Floats* to,
                                        std::int64_t to_n) {
    to[0 * to_n] = y[0 * n];
    to[1 * to_n] = y[0 * n] + y[1 * n];
    to[2 * to_n] = y[1 * n];
  }
};

struct UpKernel {  // G
  static constexpr int kFrom = 3, kTo = 3;
  MEDCL_TARGET_INLINE static void apply(const Floats* g, std::int64_t n, Floats* to,
                                        std::int64_t to_n) {
    to[0 * to_n] = g[0 * n];
    to[1 * to_n] = g[0 * n] + g[1 * n] + g[2 * n];
    to[2 * to_n] = g[2 * n];
  }
};

struct UpKernelGradient {  // G^T
  static constexpr int kFrom = 3, kTo = 3;
  MEDCL_TARGET_INLINE static void apply(const Floats* u, std::int64_t n, Floats* to,
                                        std::int64_t to_n) {
    to[0 * to_n] = u[0 * n] + u[1 * n];
    to[1 * to_n] = u[1 * n];
    to[2 * to_n] = u[1 * n] + u[2 * n];
  }
};

struct DownPatch {  // A and B of the neighbours that see the pixel
  static constexpr int kFrom = 4, kTo = 3;
  MEDCL_TARGET_INLINE static void apply(const Floats* y, std::int64_t n, Floats* to,
                                        std::int64_t to_n) {
    to[0 * to_n] = y[3 * n] - y[1 * n];
    to[1 * to_n] = y[1 * n] + y[2 * n];
    to[2 * to_n] = y[0 * n] - y[2 * n];
  }
};

struct DownResult {  // their sum
  static constexpr int kFrom = 3, kTo = 1;
  MEDCL_TARGET_INLINE static void apply(const Floats* m, std::int64_t n, Floats* to,
                                        std::int64_t to_n) {
    to[0 * to_n] = m[0 * n] + m[1 * n] + m[2 * n];
  }
};

template <typename Transform>
constexpr int kCells = Transform::kTo* Transform::kTo;

template <typename Transform>
MEDCL_TARGET_INLINE void both_ways(const Floats* from, Floats* to) {
  constexpr int kFrom = Transform::kFrom, kTo = Transform::kTo;
  Floats half_way[kTo * kFrom];
#pragma GCC unroll 6
  for (int column = 0; column < kFrom; ++column) {
    Transform::apply(from + column, kFrom, half_way + column, kFrom);
  }
#pragma GCC unroll 6
  for (int row = 0; row < kTo; ++row) {
    Transform::apply(half_way + row * kFrom, 1, to + row * kTo, 1);
  }
}

}  // namespace medcl::fast::winograd::MEDCL_LEVEL
