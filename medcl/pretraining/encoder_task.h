// SPDX-License-Identifier: Apache-2.0
#pragma once

// Teaches the image encoder of a SAM to paint hidden patches of the training images, so that
// MedCL-SAM has something to build on where no published weights are at hand. No annotation is
// used.
//
// Source: Xie et al., SimMIM, CVPR 2022 (hidden patches at the input, a linear head, L1 on what was
// hidden).

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "medcl/dataset/dataset.h"
#include "medcl/engine/task.h"
#include "medcl/engine/training_hooks.h"
#include "medcl/model/sam/network.h"
#include "medcl/task/config.h"
#include "medcl/task/training_cases.h"

namespace medcl {

struct PretrainOptions {
  double hidden_share = 0.6;  ///< of the patches
  void describe(OptionTable table);
};

class EncoderTask final : public Task {
 public:
  /// The slices of the training cases, cropped as `options` say, which are settled. The encoder is
  /// written to `run`/encoder.safetensors; prepared cases are kept in `cache`.
  /// @throws Error(kUsage) when the network is no SAM; as CaseStore::build.
  EncoderTask(const Dataset& dataset, const RunOptions& options, const PretrainOptions& pretrain,
              std::filesystem::path run, const std::filesystem::path& cache,
              const TrainingHooks& hooks);

  [[nodiscard]] Batch batch(std::int64_t step) const override { return cases_.batch(step); }
  [[nodiscard]] std::int64_t steps_per_epoch() const override { return cases_.steps_per_epoch(); }
  /// "network", the encoder, and "head", which paints pixels from its embeddings.
  std::vector<ModuleGroup> modules() override;
  /// "painting": the mean distance of painted and true intensities in the hidden patches.
  LossTerms losses(const Batch& batch) override;
  [[nodiscard]] Json data() const override { return cases_.data(); }
  /// The whole SAM, for sam.checkpoint: its encoder has learnt, the rest is random. Atomic.
  void save_last(const NamedTensors& averaged, std::int64_t step, const Json& ending) override;

 private:
  PretrainOptions pretrain_;
  std::filesystem::path run_;
  TrainingCases cases_;
  std::uint64_t seed_;
  std::shared_ptr<sam::SamNetwork> network_;
  torch::nn::Conv2d head_{nullptr};
};

}  // namespace medcl
