// SPDX-License-Identifier: Apache-2.0
#include "medcl/training/model_keeper.h"

#include <utility>

#include "medcl/training/metrics_log.h"
#include "medcl/training/run_card.h"

namespace medcl {
ModelKeeper::ModelKeeper(const Dataset& dataset, const RunOptions& options, const CaseStore& store,
                         const Split& split, std::filesystem::path run)
    : validation_options_(options.validate),
      run_(std::move(run)),
      card_(card_of(dataset, options)),
      validator_(dataset, split.validation),
      evaluated_(network_for(without_files(options),
                             static_cast<std::int64_t>(dataset.channel_names.size()),
                             dataset.labels.class_count())) {
  card_.prepare = store.options();
  card_.training = provenance(dataset, options, store, split);
  choose_boxes(*evaluated_, validation_options_);
}

void ModelKeeper::take_average(const TrainingState& state) {
  load_state(*evaluated_, first_outputs(state.average.average(), *evaluated_), "averaged weights");
}

void ModelKeeper::save_best(const TrainingState& state, const ValidationResult& result) {
  card_.components = result.components;
  card_.training["steps"] = state.step;
  card_.training["validation"] = {{"mean_dice", result.mean},
                                  {"dice", named_values_json(result.dice)}};
  save_model(run_ / "best", card_, *evaluated_);
}

ValidationResult ModelKeeper::judge(TrainingState& state) {
  take_average(state);
  ValidationResult result = validator_.run(*evaluated_, card_, validation_options_);
  result.step = state.validated_step = state.step;
  state.components = result.components;
  const bool improved = result.mean > state.best_score;
  state.validations_without_gain = improved ? 0 : state.validations_without_gain + 1;
  if (improved) {
    state.best_score = result.mean;
    state.best_step = state.step;
    save_best(state, result);
  }
  return result;
}

void ModelKeeper::save_last(const TrainingState& state, const Json& ending) {
  take_average(state);
  card_.components = state.components;
  card_.training["steps"] = state.step;
  card_.training["ending"] = ending;
  card_.training.erase("validation");
  save_model(run_ / "last", card_, *evaluated_);
  if (has_no_cases()) {
    save_model(run_ / "best", card_, *evaluated_);
  } else {
    note_in_model(run_ / "best", "ending", ending);
  }
  card_.training.erase("ending");
}

}  // namespace medcl
