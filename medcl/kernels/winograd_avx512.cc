// SPDX-License-Identifier: Apache-2.0
#define MEDCL_WINOGRAD_AVX512

#include "medcl/kernels/winograd_levels.h"

#ifdef MEDCL_HAS_WINOGRAD

#include "medcl/kernels/winograd_loops.h"

namespace medcl::fast::winograd {

Loops<float> avx512_loops() { return avx512::loops_of<float, avx512::FloatWords>("AVX-512"); }

}  // namespace medcl::fast::winograd

#endif
