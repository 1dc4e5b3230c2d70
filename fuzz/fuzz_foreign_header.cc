// SPDX-License-Identifier: Apache-2.0
// Whatever NRRD or MetaImage header is accepted promises as many voxels as a limit allows; whatever
// is refused is refused in one line.

#include "fuzz/one_line.h"
#include "medcl/core/error.h"
#include "medcl/image/foreign_header.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::uint64_t kMaxBytes = std::uint64_t{1} << 24;
  for (const auto format : {medcl::ForeignFormat::kNrrd, medcl::ForeignFormat::kMeta}) {
    try {
      const medcl::ForeignHeader header =
          medcl::check_foreign_header({data, size}, format, "fuzz", {.max_bytes = kMaxBytes});
      std::uint64_t count = 1;
      for (const std::int64_t side : header.size) {
        if (side < 1) __builtin_trap();
        count *= static_cast<std::uint64_t>(side);
      }
      if (count > kMaxBytes) __builtin_trap();
    } catch (const medcl::Error& error) {
      expect_one_line(error);
    }
  }
  return 0;
}
