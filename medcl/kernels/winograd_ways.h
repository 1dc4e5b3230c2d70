// SPDX-License-Identifier: Apache-2.0
#pragma once

// Which tiles and loops a pass of a convolution takes. Internal to own_conv.cc and its tests.

#include <cstdint>
#include <vector>

#include "medcl/kernels/conv_pass.h"
#include "medcl/kernels/winograd_kernels.h"

namespace medcl::fast::winograd {

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
