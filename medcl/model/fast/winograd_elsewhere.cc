// SPDX-License-Identifier: Apache-2.0
#include "medcl/model/fast/winograd_kernels.h"
#include "medcl/model/fast/winograd_vectors.h"

#ifndef MEDCL_HAS_AVX512

// pays() keeps callers away from the rest.
namespace medcl::fast::winograd {

bool pays() { return false; }
void transform_kernel(Kind, const Weight&, std::int64_t, Pair*) {}
void transform_transposed_kernel(Kind, const Weight&, std::int64_t, Pair*) {}
void transform_patches(const Tiling&, const BFloat16*, std::int64_t, const Range&, Pair*) {}
void transform_patch_pairs(const Tiling&, const BFloat16*, std::int64_t, const PairRange&,
                           std::int64_t, Pair*) {}
void transform_gradient_pairs(const Tiling&, const BFloat16*, std::int64_t, const PairRange&,
                              std::int64_t, Pair*, float*) {}
void multiply(const Rows&, std::int64_t, const Pair*, std::int64_t, bool, float*, std::int64_t) {}
void gather_results(const Tiling&, const float*, const float*, std::int64_t, std::int64_t,
                    const Range&, BFloat16*) {}
void gather_kernel_gradient(Kind, const float*, std::int64_t, std::int64_t, std::int64_t, float*) {}

}  // namespace medcl::fast::winograd

#endif
