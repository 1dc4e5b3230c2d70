// SPDX-License-Identifier: Apache-2.0
#include "medcl/kernels/adam_kernel.h"

#include <cmath>

#include "medcl/kernels/each_processor.h"

namespace medcl::fast {

MEDCL_EACH_PROCESSOR void adam_kernel(float* __restrict__ parameter,
                                      const float* __restrict__ gradient, float* __restrict__ first,
                                      float* __restrict__ second, std::int64_t count,
                                      const AdamStep& step) {
  const auto beta1 = static_cast<float>(step.beta1), rest1 = static_cast<float>(1 - step.beta1);
  const auto beta2 = static_cast<float>(step.beta2), rest2 = static_cast<float>(1 - step.beta2);
  const auto keep = static_cast<float>(step.keep), rate = static_cast<float>(step.rate);
  const auto root = static_cast<float>(step.root_correction2);
  const auto epsilon = static_cast<float>(step.epsilon);
  for (std::int64_t i = 0; i < count; ++i) {
    const float g = gradient[i];
    const float m = first[i] * beta1 + rest1 * g;
    const float v = second[i] * beta2 + rest2 * g * g;
    first[i] = m;
    second[i] = v;
    parameter[i] = parameter[i] * keep - rate * m / (std::sqrt(v) / root + epsilon);
  }
}

}  // namespace medcl::fast
