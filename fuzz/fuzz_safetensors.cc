// SPDX-License-Identifier: Apache-2.0
// The tensors of whatever is accepted fill the data area exactly.

#include "medcl/core/error.h"
#include "medcl/format/safetensors.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const auto file = medcl::SafetensorsFile::parse({data, size}, "fuzz");
    std::size_t total = 0;
    for (const auto& [name, view] : file.tensors()) {
      std::uint64_t bytes = medcl::size_of(view.dtype);
      for (const std::int64_t side : view.shape) bytes *= static_cast<std::uint64_t>(side);
      if (bytes != view.bytes.size()) __builtin_trap();
      total += view.bytes.size();
    }
    std::uint64_t header = 0;
    for (std::size_t i = 8; i-- > 0;) header = header << 8 | data[i];
    if (8 + header + total != size) __builtin_trap();
  } catch (const medcl::Error&) {
  }
  return 0;
}
