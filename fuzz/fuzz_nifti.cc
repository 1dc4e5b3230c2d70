// SPDX-License-Identifier: Apache-2.0
// Whatever is accepted has as many voxels as its header says.

#include "medcl/core/error.h"
#include "medcl/format/nifti.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const medcl::NiftiImage image =
        medcl::parse_nifti({data, size}, "fuzz", {.max_bytes = std::uint64_t{1} << 24});
    std::uint64_t count = 1;
    for (std::size_t i = 1; i <= static_cast<std::size_t>(image.header.dim[0]); ++i) {
      count *= static_cast<std::uint64_t>(image.header.dim[i]);
    }
    if (count != image.voxels.size()) __builtin_trap();
  } catch (const medcl::Error&) {
  }
  return 0;
}
