// SPDX-License-Identifier: Apache-2.0
#pragma once

// What all ways to make a 3 x 3 convolution share (winograd_passes.h, amx_passes.h). Internal to
// own_conv.cc and its tests.

#include <torch/torch.h>

#include <cstdint>

namespace medcl::fast {

enum class Pass { kResult, kImageGradient, kKernelGradient };

/// A 3 x 3 convolution; with `up`, of the image up-sampled by 2, and padding 1.
struct Shape {
  bool up;
  std::int64_t padding;
};

/// Weight [O, I, 3, 3], channels-last, and bias [O]; float32.
struct KernelGradients {
  torch::Tensor weight, bias;
};

}  // namespace medcl::fast
