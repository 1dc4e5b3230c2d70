// SPDX-License-Identifier: Apache-2.0
#pragma once

// How fast this machine computes the image embeddings of SAM, on made-up images and random weights.

#include <cstdint>
#include <string>

#include "medcl/model/network.h"

namespace medcl {

struct EncoderSpeedOptions {
  std::string model = "vit_b";  ///< vit_b, vit_l, vit_h
  std::int64_t size = 1024, batch = 1;
  std::int64_t steps = 3;    ///< measured, after two that are not
  std::int64_t threads = 0;  ///< 0 = all cores
  std::string device = "cpu";
  Precision precision = Precision::kFp32;  ///< settled
};

struct EncoderSpeedReport {
  std::int64_t threads = 0;
  double seconds_per_image = 0, cpu_seconds_per_image = 0;  ///< medians
  std::int64_t peak_mib = 0;  ///< of the process so far, or of the GPU's tensors
};

/// No gradients. @throws Error(kUsage) for an unknown model or a device that is not there.
EncoderSpeedReport measure_encoding(const EncoderSpeedOptions& options);

}  // namespace medcl
