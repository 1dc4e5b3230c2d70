// SPDX-License-Identifier: Apache-2.0
#pragma once

// The models of a run: judges averaged weights on the validation cases, keeps the best in run/best
// and writes the last to run/last.

#include <cstdint>
#include <filesystem>
#include <memory>

#include "medcl/dataset/case_store.h"
#include "medcl/model/model_file.h"
#include "medcl/model/state.h"
#include "medcl/task/alarms.h"
#include "medcl/task/config.h"
#include "medcl/task/validation.h"

namespace medcl {

class ModelKeeper {
 public:
  /// Reads the validation cases of the split. `dataset` lives longer. @throws as Validator,
  /// provenance, require_prompts.
  ModelKeeper(const Dataset& dataset, const RunOptions& options, const CaseStore& store,
              const Split& split, std::filesystem::path run);

  /// True when there is no case to judge a model by.
  [[nodiscard]] bool has_no_cases() const { return validator_.empty(); }
  [[nodiscard]] LabelKind judged_on() const {
    return validator_.is_on_strokes() ? LabelKind::kStrokes : LabelKind::kMasks;
  }
  /// What judge() measures, see Validator.
  [[nodiscard]] const std::string& measure() const { return validator_.measure(); }
  /// Scores averaged weights as they are after `step` steps.
  const ValidationResult& judge(const NamedTensors& averaged, std::int64_t step);
  /// Writes run/best: the weights that were judged last.
  void save_best();
  /// @throws Error(kIo) when run/best is not as save_best() left it.
  void require_best() const;
  /// Writes run/last, and run/best where nothing can tell which step was the best; notes in both
  /// how the run ended. Without validation cases, strokes decide the component rule: predicts up to
  /// ten training cases.
  void save_last(const NamedTensors& averaged, std::int64_t step, const Json& ending);

  /// The component rule that the last judgement decided.
  [[nodiscard]] const ComponentRule& components() const { return judged_.components; }
  void set_components(const ComponentRule& rule) { judged_.components = rule; }

 private:
  void take(const NamedTensors& averaged);
  /// The component rule of the weights taken, where no validation case can tell.
  [[nodiscard]] ComponentRule rule_without_validation() const;

  const Dataset& dataset_;
  std::vector<std::string> drawn_;  ///< training cases with labels
  PredictOptions validation_options_;
  std::filesystem::path run_;
  ModelCard card_;
  Validator validator_;
  std::shared_ptr<Network> evaluated_;  ///< holds the averaged weights
  ValidationResult judged_;
};

}  // namespace medcl
