// SPDX-License-Identifier: Apache-2.0
// Counting and inflating agree, and the limit holds.

#include "medcl/core/error.h"
#include "medcl/format/gzip.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::uint64_t kLimit = 1 << 16;  // small, so that bombs take little time
  const std::span<const std::uint8_t> bytes(data, size);
  std::uint64_t inflated = kLimit + 1, counted = kLimit + 1;
  try {
    inflated = medcl::gunzip(bytes, kLimit, "fuzz").size();
  } catch (const medcl::Error&) {
  }
  try {
    counted = medcl::gunzip_size(bytes, kLimit, "fuzz");
  } catch (const medcl::Error&) {
  }
  if (inflated != counted) __builtin_trap();
  return 0;
}
