// SPDX-License-Identifier: Apache-2.0
#include "medcl/kernels/each_processor.h"

namespace medcl::fast {
namespace {

#ifdef MEDCL_HAS_LEVELS
__attribute__((target("arch=x86-64-v4"))) const char* level() { return "x86-64-v4"; }
__attribute__((target("arch=x86-64-v3"))) const char* level() { return "x86-64-v3"; }
__attribute__((target("default"))) const char* level() { return "baseline"; }
#else
const char* level() { return "baseline"; }
#endif

}  // namespace

const char* kernel_level() { return level(); }

}  // namespace medcl::fast
