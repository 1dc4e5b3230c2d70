// SPDX-License-Identifier: Apache-2.0
#include "medcl/task/model_keeper.h"

#include <algorithm>
#include <utility>

#include "medcl/core/error.h"
#include "medcl/core/evenly_chosen.h"
#include "medcl/core/log.h"
#include "medcl/run/metrics_log.h"
#include "medcl/task/learner.h"
#include "medcl/task/run_card.h"

namespace medcl {
namespace {

constexpr std::size_t kMostDrawnCases = 10;

/// The training cases with labels that the run uses, evenly chosen.
std::vector<std::string> drawn_cases(const Dataset& dataset, const RunOptions& options,
                                     const Split& split) {
  std::vector<std::string> drawn;
  for (const std::string& id : split.train) {
    const auto& only = options.train.scribbled;
    const bool used = only.empty() || std::ranges::find(only, id) != only.end();
    if (used && dataset.find(id)->labels) drawn.push_back(id);
  }
  return evenly_chosen(drawn, kMostDrawnCases);
}

}  // namespace

ModelKeeper::ModelKeeper(const Dataset& dataset, const RunOptions& options, const CaseStore& store,
                         const Split& split, std::filesystem::path run)
    : dataset_(dataset),
      drawn_(drawn_cases(dataset, options, split)),
      validation_options_(options.validate),
      run_(std::move(run)),
      card_(card_of(dataset, options)),
      validator_(dataset, split.validation),
      evaluated_(network_for(without_files(options),
                             {.channels = static_cast<std::int64_t>(dataset.channel_names.size()),
                              .classes = dataset.labels.class_count()})) {
  card_.prepare = store.options();
  card_.training = provenance(dataset, options, store, split);
  require_prompts(*evaluated_, validation_options_);
  const std::string& unseen = validator_.unseen_classes();
  if (!has_no_cases() && !unseen.empty()) {
    log(LogLevel::kWarning,
        "in no validation case: " + unseen + "; it is not judged, and not in the mean");
  }
}

void ModelKeeper::take(const NamedTensors& averaged) {
  load_state(*evaluated_, first_outputs(averaged, *evaluated_), "averaged weights");
}

const ValidationResult& ModelKeeper::judge(const NamedTensors& averaged, std::int64_t step) {
  take(averaged);
  judged_ = validator_.run(*evaluated_, card_, validation_options_);
  judged_.step = step;
  return judged_;
}

void ModelKeeper::require_best() const {
  if (has_no_cases()) return;  // the end of the run writes it
  try {
    (void)load_model(run_ / "best");
  } catch (const Error& error) {
    throw Error(error.code(), std::string(error.what()) +
                                  "; a run cannot go on without its best model: put it back from "
                                  "a copy, or remove " +
                                  run_.string() + " and train it anew");
  }
}

void ModelKeeper::save_best() {
  card_.components = judged_.components;
  card_.training["steps"] = judged_.step;
  card_.training["validation"] = {{"mean_dice", judged_.mean},
                                  {"dice", named_values_json(judged_.dice)}};
  save_model(run_ / "best", card_, *evaluated_);
}

ComponentRule ModelKeeper::rule_without_validation() const {
  if (validation_options_.largest_component != "auto") {
    return {.rule = validation_options_.largest_component};
  }
  return Validator(dataset_, drawn_).rule_from_strokes(*evaluated_, card_, validation_options_);
}

void ModelKeeper::save_last(const NamedTensors& averaged, std::int64_t step, const Json& ending) {
  take(averaged);
  if (has_no_cases()) judged_.components = rule_without_validation();
  card_.components = judged_.components;
  card_.training["steps"] = step;
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
