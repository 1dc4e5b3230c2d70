// SPDX-License-Identifier: Apache-2.0
#pragma once

// The transforms of winograd_kernels.h along one side of a tile, each its matrix written out:
// from[i * n] -> to[i * to_n]. Internal to the winograd_avx*.cc files.

#include "medcl/kernels/winograd_vectors.h"

namespace medcl::fast::winograd::MEDCL_LEVEL {

/// 2 results at a time: points 0, 1, -1 and infinity.
struct Two {
  struct Patch {  // B^T
    static constexpr int kFrom = 4, kTo = 4;
    MEDCL_TARGET_INLINE static void apply(const Floats* d, std::int64_t n, Floats* to,
                                          std::int64_t to_n) {
      to[0 * to_n] = d[0 * n] - d[2 * n];
      to[1 * to_n] = d[1 * n] + d[2 * n];
      to[2 * to_n] = d[2 * n] - d[1 * n];
      to[3 * to_n] = d[1 * n] - d[3 * n];
    }
  };
  struct Result {  // A^T
    static constexpr int kFrom = 4, kTo = 2;
    MEDCL_TARGET_INLINE static void apply(const Floats* m, std::int64_t n, Floats* to,
                                          std::int64_t to_n) {
      to[0 * to_n] = m[0 * n] + m[1 * n] + m[2 * n];
      to[1 * to_n] = m[1 * n] - m[2 * n] - m[3 * n];
    }
  };
  struct Gradient {  // A
    static constexpr int kFrom = 2, kTo = 4;
    MEDCL_TARGET_INLINE static void apply(const Floats* y, std::int64_t n, Floats* to,
                                          std::int64_t to_n) {
      to[0 * to_n] = y[0 * n];
      to[1 * to_n] = y[0 * n] + y[1 * n];
      to[2 * to_n] = y[0 * n] - y[1 * n];
      to[3 * to_n] = -y[1 * n];
    }
  };
  struct Kernel {  // G
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
  struct KernelGradient {  // G^T
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
};

/// 4 results at a time: points 0, kNear, -kNear, kFar, -kFar and infinity.
struct Four {
  // Source of the points: the error of sums over many channels whose factors are rounded to 8 bits,
  // measured; 1 and 2, the usual ones, double it.
  static constexpr float kNear = 0.6875F, kFar = 1.5F;
  static constexpr float kNear2 = kNear * kNear, kFar2 = kFar * kFar;
  static constexpr float kOfZero = 1.0F / (kNear2 * kFar2);
  static constexpr float kOfNear = 1.0F / (2 * kNear2 * (kNear2 - kFar2));
  static constexpr float kOfFar = 1.0F / (2 * kFar2 * (kFar2 - kNear2));
  struct Patch {  // B^T
    static constexpr int kFrom = 6, kTo = 6;
    MEDCL_TARGET_INLINE static void apply(const Floats* d, std::int64_t n, Floats* to,
                                          std::int64_t to_n) {
      const Floats near_even = d[4 * n] - kFar2 * d[2 * n];
      const Floats near_odd = kNear * (d[3 * n] - kFar2 * d[1 * n]);
      const Floats far_even = d[4 * n] - kNear2 * d[2 * n];
      const Floats far_odd = kFar * (d[3 * n] - kNear2 * d[1 * n]);
      to[0 * to_n] = kNear2 * kFar2 * d[0 * n] - (kNear2 + kFar2) * d[2 * n] + d[4 * n];
      to[1 * to_n] = near_even + near_odd;
      to[2 * to_n] = near_even - near_odd;
      to[3 * to_n] = far_even + far_odd;
      to[4 * to_n] = far_even - far_odd;
      to[5 * to_n] = kNear2 * kFar2 * d[1 * n] - (kNear2 + kFar2) * d[3 * n] + d[5 * n];
    }
  };
  struct Result {  // A^T
    static constexpr int kFrom = 6, kTo = 4;
    MEDCL_TARGET_INLINE static void apply(const Floats* m, std::int64_t n, Floats* to,
                                          std::int64_t to_n) {
      const Floats near_sum = m[1 * n] + m[2 * n], near_difference = m[1 * n] - m[2 * n];
      const Floats far_sum = m[3 * n] + m[4 * n], far_difference = m[3 * n] - m[4 * n];
      to[0 * to_n] = m[0 * n] + near_sum + far_sum;
      to[1 * to_n] = kNear * near_difference + kFar * far_difference;
      to[2 * to_n] = kNear2 * near_sum + kFar2 * far_sum;
      to[3 * to_n] = kNear2 * kNear * near_difference + kFar2 * kFar * far_difference + m[5 * n];
    }
  };
  struct Gradient {  // A
    static constexpr int kFrom = 4, kTo = 6;
    MEDCL_TARGET_INLINE static void apply(const Floats* y, std::int64_t n, Floats* to,
                                          std::int64_t to_n) {
      const Floats near_even = y[0 * n] + kNear2 * y[2 * n];
      const Floats near_odd = kNear * y[1 * n] + kNear2 * kNear * y[3 * n];
      const Floats far_even = y[0 * n] + kFar2 * y[2 * n];
      const Floats far_odd = kFar * y[1 * n] + kFar2 * kFar * y[3 * n];
      to[0 * to_n] = y[0 * n];
      to[1 * to_n] = near_even + near_odd;
      to[2 * to_n] = near_even - near_odd;
      to[3 * to_n] = far_even + far_odd;
      to[4 * to_n] = far_even - far_odd;
      to[5 * to_n] = y[3 * n];
    }
  };
  struct Kernel {  // G
    static constexpr int kFrom = 3, kTo = 6;
    MEDCL_TARGET_INLINE static void apply(const Floats* g, std::int64_t n, Floats* to,
                                          std::int64_t to_n) {
      const Floats near_even = kOfNear * g[0 * n] + kOfNear * kNear2 * g[2 * n];
      const Floats near_odd = kOfNear * kNear * g[1 * n];
      const Floats far_even = kOfFar * g[0 * n] + kOfFar * kFar2 * g[2 * n];
      const Floats far_odd = kOfFar * kFar * g[1 * n];
      to[0 * to_n] = kOfZero * g[0 * n];
      to[1 * to_n] = near_even + near_odd;
      to[2 * to_n] = near_even - near_odd;
      to[3 * to_n] = far_even + far_odd;
      to[4 * to_n] = far_even - far_odd;
      to[5 * to_n] = g[2 * n];
    }
  };
  struct KernelGradient {  // G^T
    static constexpr int kFrom = 6, kTo = 3;
    MEDCL_TARGET_INLINE static void apply(const Floats* u, std::int64_t n, Floats* to,
                                          std::int64_t to_n) {
      const Floats near_sum = kOfNear * (u[1 * n] + u[2 * n]);
      const Floats near_difference = u[1 * n] - u[2 * n];
      const Floats far_sum = kOfFar * (u[3 * n] + u[4 * n]);
      const Floats far_difference = u[3 * n] - u[4 * n];
      to[0 * to_n] = kOfZero * u[0 * n] + near_sum + far_sum;
      to[1 * to_n] = kOfNear * kNear * near_difference + kOfFar * kFar * far_difference;
      to[2 * to_n] = kNear2 * near_sum + kFar2 * far_sum + u[5 * n];
    }
  };
};

/// The 2 results of an up-sampled pixel.
struct Up {
  struct Patch {  // B^T
    static constexpr int kFrom = 3, kTo = 3;
    MEDCL_TARGET_INLINE static void apply(const Floats* x, std::int64_t n, Floats* to,
                                          std::int64_t to_n) {
      to[0 * to_n] = x[0 * n] - x[1 * n];
      to[1 * to_n] = x[1 * n];
      to[2 * to_n] = x[2 * n] - x[1 * n];
    }
  };
  struct Result {  // A^T
    static constexpr int kFrom = 3, kTo = 2;
    MEDCL_TARGET_INLINE static void apply(const Floats* m, std::int64_t n, Floats* to,
                                          std::int64_t to_n) {
      to[0 * to_n] = m[0 * n] + m[1 * n];
      to[1 * to_n] = m[1 * n] + m[2 * n];
    }
  };
  struct Gradient {  // A
    static constexpr int kFrom = 2, kTo = 3;
    MEDCL_TARGET_INLINE static void apply(const Floats* y, std::int64_t n, Floats* to,
                                          std::int64_t to_n) {
      to[0 * to_n] = y[0 * n];
      to[1 * to_n] = y[0 * n] + y[1 * n];
      to[2 * to_n] = y[1 * n];
    }
  };
  struct Kernel {  // G
    static constexpr int kFrom = 3, kTo = 3;
    MEDCL_TARGET_INLINE static void apply(const Floats* g, std::int64_t n, Floats* to,
                                          std::int64_t to_n) {
      to[0 * to_n] = g[0 * n];
      to[1 * to_n] = g[0 * n] + g[1 * n] + g[2 * n];
      to[2 * to_n] = g[2 * n];
    }
  };
  struct KernelGradient {  // G^T
    static constexpr int kFrom = 3, kTo = 3;
    MEDCL_TARGET_INLINE static void apply(const Floats* u, std::int64_t n, Floats* to,
                                          std::int64_t to_n) {
      to[0 * to_n] = u[0 * n] + u[1 * n];
      to[1 * to_n] = u[1 * n];
      to[2 * to_n] = u[1 * n] + u[2 * n];
    }
  };
};

/// The gradient of a pixel that was up-sampled; the kernel is that of Up.
struct Down {
  struct Patch {  // A and B of the neighbours that see the pixel
    static constexpr int kFrom = 4, kTo = 3;
    MEDCL_TARGET_INLINE static void apply(const Floats* y, std::int64_t n, Floats* to,
                                          std::int64_t to_n) {
      to[0 * to_n] = y[3 * n] - y[1 * n];
      to[1 * to_n] = y[1 * n] + y[2 * n];
      to[2 * to_n] = y[0 * n] - y[2 * n];
    }
  };
  struct Result {  // their sum
    static constexpr int kFrom = 3, kTo = 1;
    MEDCL_TARGET_INLINE static void apply(const Floats* m, std::int64_t n, Floats* to,
                                          std::int64_t to_n) {
      to[0 * to_n] = m[0 * n] + m[1 * n] + m[2 * n];
    }
  };
  using Gradient = Up::Gradient;
  using Kernel = Up::Kernel;
  using KernelGradient = Up::KernelGradient;
};

}  // namespace medcl::fast::winograd::MEDCL_LEVEL
