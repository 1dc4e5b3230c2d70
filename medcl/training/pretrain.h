// SPDX-License-Identifier: Apache-2.0
#pragma once

// Teaches the image encoder of a small SAM to paint hidden patches of the training images, so that
// MedCL-SAM has something to build on where no published weights are at hand. No annotation is
// used.
//
// Source: Xie et al., SimMIM, CVPR 2022 (hidden patches at the input, a linear head, L1 on what was
// hidden).

#include <cstdint>
#include <filesystem>
#include <functional>

#include "medcl/dataset/dataset.h"
#include "medcl/training/config.h"

namespace medcl {

struct PretrainOptions {
  std::int64_t steps = 500;
  double hidden_share = 0.6;  ///< of the patches
  double learning_rate = 1e-3;
  void describe(OptionTable& table);
};

struct PretrainResult {
  std::int64_t steps = 0;
  double first_loss = 0, last_loss = 0;  ///< means over the first and the last tenth of the steps
  double seconds = 0;
};

/// Called with (steps done, loss); false stops the training, and what is learnt by then is written.
using PretrainProgress = std::function<bool(std::int64_t, double)>;

/// Called with (cases prepared, all cases) before the first step.
using PrepareProgress = std::function<void(std::int64_t, std::int64_t)>;

/// Trains on the slices of the training cases, cropped as `options` say, and writes a SAM with that
/// encoder and random prompt encoder and decoder to `output`, for sam.checkpoint. Prepared cases
/// are kept in `cache`. Deterministic in options.train.seed. `options` must be settled.
/// @throws Error(kUsage) when the backbone is not a SAM; Error(kFailure) when the loss is not
/// finite.
PretrainResult pretrain_encoder(const Dataset& dataset, const RunOptions& options,
                                const PretrainOptions& pretrain,
                                const std::filesystem::path& output,
                                const std::filesystem::path& cache,
                                const PretrainProgress& progress = {},
                                const PrepareProgress& on_prepare = {});

}  // namespace medcl
