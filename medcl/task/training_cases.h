// SPDX-License-Identifier: Apache-2.0
#pragma once

// The cases that a run learns from, prepared, and the batches that are made of their slices:
// whatever the task.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "medcl/dataset/case_store.h"
#include "medcl/dataset/dataset.h"
#include "medcl/engine/training_hooks.h"
#include "medcl/sampling/batch.h"
#include "medcl/sampling/sampler.h"
#include "medcl/task/config.h"

namespace medcl {

/// What a task makes of slices.
struct SliceUse {
  std::vector<std::string> scribbled{};  ///< as training_slices
  bool unlabelled = false;               ///< slices without scribbles are of use
  bool intra_mix = false;                ///< samples are intra-mixed where options say so
  bool clean_view = false;               ///< SampleOptions::clean_view
  SamplerOptions sampler{};
};

class TrainingCases {
 public:
  /// Prepared cases are kept in `cache`. `options` are settled.
  /// @throws as chosen_split, CaseStore::build, data_record and training_slices.
  TrainingCases(const Dataset& dataset, const RunOptions& options, const SliceUse& use,
                const std::filesystem::path& cache, const TrainingHooks& hooks);
  TrainingCases(const TrainingCases&) = delete;
  TrainingCases& operator=(const TrainingCases&) = delete;

  [[nodiscard]] const Split& split() const { return split_; }
  [[nodiscard]] const CaseStore& store() const { return store_; }
  [[nodiscard]] const Json& data() const { return data_; }
  [[nodiscard]] const std::vector<SliceRef>& slices() const { return slices_; }
  [[nodiscard]] std::int64_t steps_per_epoch() const { return sampler_.steps_per_epoch(); }
  /// Task::batch.
  [[nodiscard]] Batch batch(std::int64_t step) const;

 private:
  Split split_;
  CaseStore store_;
  Json data_;  ///< data_record()
  std::vector<SliceRef> slices_;
  SliceSampler sampler_;
  SampleOptions sample_;
  std::uint64_t seed_;
};

}  // namespace medcl
