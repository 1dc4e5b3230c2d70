// SPDX-License-Identifier: Apache-2.0
#include "medcl/kernels/value_kernels.h"

#include <algorithm>

#include "medcl/kernels/each_processor.h"
#include "medcl/kernels/row_values.h"

namespace medcl::fast {

void widen(const float* values, std::int64_t count, float* to) { std::copy_n(values, count, to); }

MEDCL_EACH_PROCESSOR void widen(const BFloat16* values, std::int64_t count, float* to) {
  MEDCL_INDEPENDENT
  for (std::int64_t i = 0; i < count; ++i) to[i] = load(values[i]);
}

void narrow(const float* values, std::int64_t count, float* to) { std::copy_n(values, count, to); }

MEDCL_EACH_PROCESSOR void narrow(const float* values, std::int64_t count, BFloat16* to) {
  MEDCL_INDEPENDENT
  for (std::int64_t i = 0; i < count; ++i) store(values[i], to[i]);
}

}  // namespace medcl::fast
