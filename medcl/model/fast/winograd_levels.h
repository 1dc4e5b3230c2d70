// SPDX-License-Identifier: Apache-2.0
#pragma once

// The levels of processors that winograd_kernels.h has loops for. Internal to winograd_levels.cc.

#include "medcl/model/fast/winograd_kernels.h"

#if defined(__x86_64__) && defined(__GNUC__)
#define MEDCL_HAS_WINOGRAD
#endif

namespace medcl::fast::winograd {

Loops<float> avx2_loops();
Loops<float> avx512_loops();
Loops<BFloat16> avx512_bf16_loops();   ///< with products of bfloat16
Loops<BFloat16> avx512_mixed_loops();  ///< with products of floats

}  // namespace medcl::fast::winograd
