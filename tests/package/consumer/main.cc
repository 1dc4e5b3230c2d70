// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include "medcl/core/error.h"
#include "medcl/image/volume_io.h"

int main() {
  try {
    (void)medcl::read_image("absent.nii.gz");
  } catch (const medcl::Error& error) {
    std::puts(error.what());
    return error.code() == medcl::ErrorCode::kIo ? 0 : 1;
  }
  return 1;
}
