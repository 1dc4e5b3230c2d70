// SPDX-License-Identifier: Apache-2.0
#define MEDCL_WINOGRAD_AVX512_BF16

#include "medcl/model/fast/winograd_levels.h"

#ifdef MEDCL_HAS_WINOGRAD

#include "medcl/model/fast/winograd_loops.h"

namespace medcl::fast::winograd {

Loops<BFloat16> avx512_bf16_loops() {
  return avx512_bf16::loops_of<BFloat16, avx512_bf16::BFloat16Words>("AVX-512 BF16");
}
Loops<BFloat16> avx512_mixed_loops() {
  return avx512_bf16::loops_of<BFloat16, avx512_bf16::FloatWords>("AVX-512 BF16, float products");
}

}  // namespace medcl::fast::winograd

#endif
