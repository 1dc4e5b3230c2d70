// SPDX-License-Identifier: Apache-2.0
#pragma once

// The levels of processors that winograd_kernels.h has loops for. Internal to winograd_levels.cc.

#include <string_view>

#include "medcl/kernels/winograd_kernels.h"

#if defined(__x86_64__) && defined(__GNUC__)
#define MEDCL_HAS_WINOGRAD
#endif

namespace medcl::fast::winograd {

/// Whether ONEDNN_MAX_CPU_ISA with this value (of oneDNN: SSE41, AVX, AVX2, AVX512_CORE, ..., ALL)
/// lets the loops of `level` run: "AVX2", "AVX512", "AVX512_BF16" or "AMX".
bool is_allowed(std::string_view most, std::string_view level);

/// Whether processor and system have units for products of matrices of bfloat16 (AMX), and
/// ONEDNN_MAX_CPU_ISA allows them. Asks Linux for their registers, which it grants to the whole
/// process.
bool has_matrix_units();

Loops<float> avx2_loops();
Loops<float> avx512_loops();
Loops<BFloat16> avx512_bf16_loops();
Loops<BFloat16> avx512_bf16_narrow_loops();  ///< half as many channels in a panel

}  // namespace medcl::fast::winograd
