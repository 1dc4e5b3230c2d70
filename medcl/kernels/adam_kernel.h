// SPDX-License-Identifier: Apache-2.0
#pragma once

// The inner loop of Adam, without libtorch: plain memory, one thread, one version for each kind of
// processor (each_processor.h).

#include <cstdint>

namespace medcl::fast {

struct AdamStep {
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
  double keep = 1;              ///< the parameter is first multiplied with it: weight decay
  double rate = 0;              ///< learning rate / (1 - beta1^t)
  double root_correction2 = 1;  ///< sqrt(1 - beta2^t)
};

/// Updates `count` values and their moments in place.
void adam_kernel(float* parameter, const float* gradient, float* first, float* second,
                 std::int64_t count, const AdamStep& step);

}  // namespace medcl::fast
