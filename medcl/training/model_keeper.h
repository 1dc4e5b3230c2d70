// SPDX-License-Identifier: Apache-2.0
#pragma once

// The models of a run: judges the averaged weights on the validation cases, keeps the best in
// run/best and writes the last to run/last.

#include <filesystem>
#include <memory>

#include "medcl/dataset/case_store.h"
#include "medcl/model/model_file.h"
#include "medcl/training/config.h"
#include "medcl/training/state.h"
#include "medcl/training/validation.h"

namespace medcl {

class ModelKeeper {
 public:
  /// Reads the validation cases of the split. @throws as Validator, provenance, choose_boxes.
  ModelKeeper(const Dataset& dataset, const RunOptions& options, const CaseStore& store,
              const Split& split, std::filesystem::path run);

  /// True when there is no case to judge a model by.
  [[nodiscard]] bool has_no_cases() const { return validator_.empty(); }
  /// Scores the averaged weights of `state`, notes score and component rule there, and writes
  /// run/best when the score is the highest so far: then `state.best_step` is `state.step`.
  ValidationResult judge(TrainingState& state);
  /// Writes run/last, and run/best where nothing can tell which step was the best; notes in both
  /// how the run ended.
  void save_last(const TrainingState& state, const Json& ending);

 private:
  void take_average(const TrainingState& state);
  void save_best(const TrainingState& state, const ValidationResult& result);

  PredictOptions validation_options_;
  std::filesystem::path run_;
  ModelCard card_;
  Validator validator_;
  std::shared_ptr<Segmenter> evaluated_;  ///< holds the averaged weights
};

}  // namespace medcl
