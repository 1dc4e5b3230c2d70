// SPDX-License-Identifier: Apache-2.0
// Whatever is accepted is written and read back the same.

#include "medcl/core/error.h"
#include "medcl/format/json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const medcl::Json value =
        medcl::parse_json({reinterpret_cast<const char*>(data), size}, "fuzz");
    if (medcl::parse_json(value.dump(), "fuzz") != value) __builtin_trap();
  } catch (const medcl::Error&) {
  }
  return 0;
}
