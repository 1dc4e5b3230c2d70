// SPDX-License-Identifier: Apache-2.0
#pragma once

// One definition of a loop, compiled for AVX-512, AVX2 and any x86-64 and chosen when the program
// runs. Only for loops over plain memory; the function itself must not be a template.

// Levels of the x86-64 ABI, which name features: GCC takes "arch=skylake-avx512" for that very
// processor and gives every other one the default. Inlined, the default
// would be used as well.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define MEDCL_HAS_LEVELS
#define MEDCL_EACH_PROCESSOR \
  __attribute__((noinline, target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define MEDCL_EACH_PROCESSOR
#endif

namespace medcl::fast {

/// The version that this processor runs: "x86-64-v4" (AVX-512), "x86-64-v3" (AVX2) or "baseline".
const char* kernel_level();

}  // namespace medcl::fast
