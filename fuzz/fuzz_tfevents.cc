// SPDX-License-Identifier: Apache-2.0
// A file that is continued keeps its intact records, and is found intact when continued again.

#include "fuzz/scratch_folder.h"
#include "medcl/core/error.h"
#include "medcl/format/tfevents.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::filesystem::path path = scratch_folder() / "events";
  put(path, {reinterpret_cast<const char*>(data), size});
  try {
    medcl::TfEventsWriter(path, true).add_scalar("loss", 1, 0.5, 2);
  } catch (const medcl::Error&) {
    return 0;
  }
  const std::uintmax_t length = std::filesystem::file_size(path);
  medcl::TfEventsWriter(path, true).flush();
  if (std::filesystem::file_size(path) != length) __builtin_trap();
  return 0;
}
