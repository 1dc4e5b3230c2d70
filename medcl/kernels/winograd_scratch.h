// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the passes of winograd_passes.h share. Internal to them.

#include "medcl/kernels/memory.h"
#include "medcl/kernels/parallel.h"
#include "medcl/kernels/scratch.h"
#include "medcl/kernels/winograd_ways.h"

namespace medcl::fast::winograd {

constexpr auto kWordBytes = static_cast<std::int64_t>(sizeof(Word));

inline Tiling tiling_of(const torch::Tensor& x_bchw, Kind kind, std::int64_t padding) {
  const std::int64_t height = x_bchw.size(2), width = x_bchw.size(3), grown = 2 * padding - 2;
  if (kind == Kind::kUp) return {kind, height, width, 2 * height, 2 * width, 1};
  if (kind == Kind::kDown) return {kind, height, width, height / 2, width / 2, 1};
  return {kind, height, width, height + grown, width + grown, padding};
}

inline Weight weight_of(const torch::Tensor& weight_oihw) {
  return {weight_oihw.data_ptr<float>(), weight_oihw.size(0), weight_oihw.size(1)};
}

}  // namespace medcl::fast::winograd
