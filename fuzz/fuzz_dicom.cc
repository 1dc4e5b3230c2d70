// SPDX-License-Identifier: Apache-2.0
// The walk through a DICOM file stays inside it; whatever is refused is refused in one line.

#include "fuzz/one_line.h"
#include "medcl/core/error.h"
#include "medcl/image/dicom_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (!medcl::looks_like_dicom({data, size})) return 0;
  try {
    (void)medcl::check_dicom_file({data, size}, "fuzz");
  } catch (const medcl::Error& error) {
    expect_one_line(error);
  }
  return 0;
}
