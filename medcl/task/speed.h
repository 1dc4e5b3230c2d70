// SPDX-License-Identifier: Apache-2.0
#pragma once

// How fast this machine trains and predicts: the same work as one optimiser step of MedCL-UNet, or
// as one pass of prediction, on made-up images; and how much of that time the convolutions alone
// would take, which no implementation on this libtorch can beat.

#include <cstdint>
#include <string>

#include "medcl/model/network.h"

namespace medcl {

struct SpeedOptions {
  std::int64_t width = 64, size = 256, batch = 4;
  std::int64_t steps = 3;    ///< measured, after two that are not
  std::int64_t threads = 0;  ///< 0 = all cores
  std::string device = "cpu";
  Precision precision = Precision::kAuto;
  bool fused = true, graphs = true;
  std::string method = "medcl";  ///< of a training step
};

struct SpeedReport {
  Precision precision = Precision::kFp32;  ///< as settled
  std::int64_t threads = 0;
  double seconds_per_step = 0;   ///< median
  double images_per_second = 0;  ///< batch / seconds_per_step
  /// Of libtorch's convolutions in the sizes of the step's, up-sampled where the network
  /// up-samples, run one after the other.
  double convolution_seconds = 0;
  std::int64_t peak_mib = 0;  ///< of the process so far, or of the GPU's tensors
  /// The limit of a program that calls libtorch's convolutions is 1; MedCL's own take less.
  [[nodiscard]] double convolution_fraction() const {
    return seconds_per_step > 0 ? convolution_seconds / seconds_per_step : 0;
  }
};

/// Losses, gradient, Adam and weight average of one batch. @throws Error(kUsage) as settle_options.
SpeedReport measure_step(const SpeedOptions& options);
/// Evaluation mode, softmax and argmax of one batch.
SpeedReport measure_prediction(const SpeedOptions& options);
/// Making batches of synthetic hearts with one thread: crop, rotation, intra-mix. No network.
SpeedReport measure_pipeline(const SpeedOptions& options);

}  // namespace medcl
