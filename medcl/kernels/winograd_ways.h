// SPDX-License-Identifier: Apache-2.0
#pragma once

// Which tiles and loops a pass of a convolution takes. Internal to winograd.cc and its tests.

#include <cstdint>
#include <vector>

#include "medcl/kernels/winograd_kernels.h"

namespace medcl::fast::winograd {

enum class Pass { kResult, kImageGradient, kKernelGradient };

/// A 3 x 3 convolution; with `up`, of the image up-sampled by 2, and padding 1.
struct Shape {
  bool up;
  std::int64_t padding;
};

/// Tiles and loops.
template <typename T>
struct Way {
  Kind kind;
  Loops<T> loops;
};

/// All that this processor and these channels allow, the fastest first. T: float or BFloat16, as
/// the image.
template <typename T>
std::vector<Way<T>> ways(Pass pass, const Shape& shape, std::int64_t in, std::int64_t out);

}  // namespace medcl::fast::winograd
