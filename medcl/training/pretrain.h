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
#include "medcl/model/state.h"
#include "medcl/training/config.h"

namespace medcl {

struct PretrainOptions {
  std::int64_t steps = 500;
  double hidden_share = 0.6;  ///< of the patches
  double learning_rate = 1e-3;
  void describe(OptionTable table);
};

struct PretrainResult {
  std::int64_t steps = 0;
  double first_loss = 0, last_loss = 0;  ///< means over the first and the last tenth of the steps
  double seconds = 0;
  NamedTensors sam;  ///< its encoder has learnt, its prompt encoder and decoder are random
};

/// Called with (steps done, loss); false stops the training, and what is learnt by then is the
/// result.
using PretrainProgress = std::function<bool(std::int64_t, double)>;

/// Called with (cases prepared, all cases) before the first step.
using PrepareProgress = std::function<void(std::int64_t, std::int64_t)>;

/// Trains on the slices of the training cases, cropped as `options` say. Prepared cases are kept in
/// `cache`. Deterministic in options.train.seed. `options` must be settled.
/// @throws Error(kUsage) when the backbone is not a SAM; Error(kFailure) when the loss is not
/// finite.
PretrainResult pretrain_encoder(const Dataset& dataset, const RunOptions& options,
                                const PretrainOptions& pretrain, const std::filesystem::path& cache,
                                const PretrainProgress& progress = {},
                                const PrepareProgress& on_prepare = {});

/// For sam.checkpoint. Atomic. @throws Error(kIo)
void write_pretrained(const std::filesystem::path& path, const PretrainResult& result);

}  // namespace medcl
