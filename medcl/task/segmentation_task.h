// SPDX-License-Identifier: Apache-2.0
#pragma once

// Learning to segment the cases of a dataset from their scribbles.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "medcl/dataset/case_store.h"
#include "medcl/dataset/dataset.h"
#include "medcl/engine/task.h"
#include "medcl/engine/training_hooks.h"
#include "medcl/task/alarms.h"
#include "medcl/task/config.h"
#include "medcl/task/learner.h"
#include "medcl/task/model_keeper.h"
#include "medcl/task/training_cases.h"

namespace medcl {

class SegmentationTask final : public Task {
 public:
  /// Reads and prepares everything that the first step needs. Models are kept in `run`, prepared
  /// cases in `cache`. `options` are settled.
  /// @throws Error before anything but prepared cases is written.
  SegmentationTask(const Dataset& dataset, const RunOptions& options,
                   const std::filesystem::path& run, const std::filesystem::path& cache,
                   const TrainingHooks& hooks);
  SegmentationTask(const SegmentationTask&) = delete;
  SegmentationTask& operator=(const SegmentationTask&) = delete;

  [[nodiscard]] const CaseStore& store() const { return cases_.store(); }
  [[nodiscard]] const Split& split() const { return cases_.split(); }

  [[nodiscard]] Batch batch(std::int64_t step) const override;
  [[nodiscard]] std::int64_t steps_per_epoch() const override { return cases_.steps_per_epoch(); }
  [[nodiscard]] std::int64_t epoch_of(std::int64_t step) const override {
    return learner_.method().image_step(step) / steps_per_epoch();
  }
  std::vector<ModuleGroup> modules() override { return learner_.modules(); }
  LossTerms losses(const Batch& batch) override { return learner_.losses(batch); }
  void after_step(const Batch& batch) override { learner_.after_step(batch); }
  [[nodiscard]] Json data() const override { return cases_.data(); }

  [[nodiscard]] bool can_judge() const override { return !models_.has_no_cases(); }
  /// As Validator::measure.
  [[nodiscard]] std::string measure() const override;
  /// By the mean of that over the validation cases.
  std::optional<Judgement> judge(const NamedTensors& averaged, std::int64_t step) override;
  void save_best() override { models_.save_best(); }
  void require_best() const override { models_.require_best(); }
  void save_last(const NamedTensors& averaged, std::int64_t step, const Json& ending) override {
    models_.save_last(averaged, step, ending);
  }
  /// The component rule that the last judgement decided.
  [[nodiscard]] Json kept() const override;
  void restore(const Json& values) override;

 private:
  MethodNeeds needs_;
  TrainingCases cases_;
  ModelKeeper models_;
  Learner learner_;
  LabelKind learned_from_ = LabelKind::kStrokes;
  OptionNames options_;
};

}  // namespace medcl
