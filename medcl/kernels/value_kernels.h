// SPDX-License-Identifier: Apache-2.0
#pragma once

// Values of one type as those of another, without libtorch: plain memory, one thread, one version
// for each kind of processor (each_processor.h).

#include <cstdint>

#include "medcl/kernels/row_kernels.h"

namespace medcl::fast {

/// float of `count` values.
void widen(const float* values, std::int64_t count, float* to);
void widen(const BFloat16* values, std::int64_t count, float* to);
/// Rounded to the nearest.
void narrow(const float* values, std::int64_t count, float* to);
void narrow(const float* values, std::int64_t count, BFloat16* to);

}  // namespace medcl::fast
