// SPDX-License-Identifier: Apache-2.0
#define MEDCL_WINOGRAD_AVX512_BF16

#include "medcl/kernels/winograd_levels.h"

#ifdef MEDCL_HAS_WINOGRAD

#include "medcl/kernels/winograd_loops.h"

namespace medcl::fast::winograd {

Loops<BFloat16> avx512_bf16_loops() {
  return avx512_bf16::loops_of<BFloat16, avx512_bf16::BFloat16Words<32>>(
      "AVX-512 BF16, panels of 32");
}
Loops<BFloat16> avx512_bf16_narrow_loops() {
  return avx512_bf16::loops_of<BFloat16, avx512_bf16::BFloat16Words<16>>(
      "AVX-512 BF16, panels of 16");
}

}  // namespace medcl::fast::winograd

#endif
