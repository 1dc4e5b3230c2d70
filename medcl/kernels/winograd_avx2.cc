// SPDX-License-Identifier: Apache-2.0
#include "medcl/kernels/winograd_levels.h"

#ifdef MEDCL_HAS_WINOGRAD

#include "medcl/kernels/winograd_loops.h"

namespace medcl::fast::winograd {

Loops<float> avx2_loops() { return avx2::loops_of<float, avx2::FloatWords>("AVX2"); }

}  // namespace medcl::fast::winograd

#endif
