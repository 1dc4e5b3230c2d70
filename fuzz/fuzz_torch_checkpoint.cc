// SPDX-License-Identifier: Apache-2.0
// Tensors of whatever is accepted have as many bytes as their shapes say, together not more than
// promised; whatever is refused is refused in one line.

#include "fuzz/one_line.h"
#include "medcl/core/error.h"
#include "medcl/format/torch_checkpoint.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    std::uint64_t total = 0;
    std::uint8_t sum = 0;
    for (const auto& [name, view] : medcl::parse_torch_checkpoint({data, size}, "fuzz").tensors) {
      std::uint64_t bytes = medcl::size_of(view.dtype);
      for (const std::int64_t side : view.shape) bytes *= static_cast<std::uint64_t>(side);
      if (bytes != view.bytes.size()) __builtin_trap();
      for (const std::uint8_t byte : view.bytes) sum ^= byte;
      total += bytes;
    }
    if (total + (sum & 0) > (std::uint64_t{8} << 20) + 8 * size) __builtin_trap();
  } catch (const medcl::Error& error) {
    if (error.code() != medcl::ErrorCode::kIo) __builtin_trap();
    expect_one_line(error);
    expect_printable_ascii(error);
  }
  return 0;
}
