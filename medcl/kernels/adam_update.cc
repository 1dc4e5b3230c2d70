// SPDX-License-Identifier: Apache-2.0
#include "medcl/kernels/adam_update.h"

#include <algorithm>

#include "medcl/kernels/adam_kernel.h"
#include "medcl/kernels/parallel.h"

namespace medcl::fast {
namespace {

constexpr std::int64_t kBlock = 1 << 15;  ///< values that a thread updates at a time

}  // namespace

torch::Tensor ordered_as(const torch::Tensor& gradient, const torch::Tensor& parameter) {
  if (gradient.strides() == parameter.strides()) return gradient;
  return torch::empty_like(parameter).copy_(gradient);
}

bool can_adam_update(const torch::Tensor& parameter, const torch::Tensor& first,
                     const torch::Tensor& second) {
  return parameter.device().is_cpu() && parameter.scalar_type() == torch::kFloat32 &&
         parameter.is_non_overlapping_and_dense() && first.strides() == parameter.strides() &&
         second.strides() == parameter.strides();
}

void adam_update(torch::Tensor& parameter, const torch::Tensor& gradient, torch::Tensor& first,
                 torch::Tensor& second, const AdamStep& step) {
  const torch::Tensor g = ordered_as(gradient, parameter);
  float* p = parameter.data_ptr<float>();
  float* m = first.data_ptr<float>();
  float* v = second.data_ptr<float>();
  const float* dp = g.data_ptr<float>();
  const std::int64_t count = parameter.numel();
  for_each(at::divup(count, kBlock), [&](std::int64_t block) {
    const std::int64_t begin = block * kBlock;
    adam_kernel(p + begin, dp + begin, m + begin, v + begin, std::min(kBlock, count - begin), step);
  });
}

}  // namespace medcl::fast
