// SPDX-License-Identifier: Apache-2.0
// How a run goes on from a checkpoint; see trainer.h.
#include "medcl/core/error.h"
#include "medcl/core/log.h"
#include "medcl/engine/data_changes.h"
#include "medcl/engine/trainer.h"

namespace medcl {

void Trainer::go_on(const LoopOptions& before, bool accept_changes) {
  const auto restore = [this](const Checkpoint& checkpoint) {
    state_.restore(checkpoint);
    task_.restore(checkpoint.values);
  };
  const auto checkpoint = load_latest_checkpoint(run_, restore);
  if (!checkpoint) {
    if (hooks_.on_note) {
      hooks_.on_note("nothing was saved of " + run_.string() +
                     " before it stopped: it begins again with its first step");
    }
    return;
  }
  if (state_.best_step > 0) task_.require_best();
  elapsed_before_s_ = state_.elapsed_s;
  start_ = std::chrono::steady_clock::now();
  if (checkpoint->values.contains("data")) {
    check_data(checkpoint->values.at("data"), accept_changes);
  }
  if (has_new_end(before, options_.loop)) take_new_ends(before);
}

void Trainer::check_data(const Json& before, bool accept_changes) {
  const std::string changes = data_changes(before, task_.data());
  if (changes.empty()) return;
  if (!accept_changes) {
    fail(ErrorCode::kUsage,
         {.what = "the data of this run changed since step " + std::to_string(state_.step),
          .where = run_.string(),
          .expected = "the data that it was trained on",
          .found = changes,
          .remedy = "restore them, start a new run, or go on with the changed data and without the "
                    "earlier scores: medcl train --resume " +
                    run_.string() + " --accept-changes"});
  }
  log(LogLevel::kWarning,
      "going on with changed data (" + changes + "); the best score so far no longer counts");
  state_.best_score = -1;
  state_.best_step = 0;
  state_.validations_without_gain = 0;
  state_.validated_step = -1;
}

void Trainer::take_new_ends(const LoopOptions& before) {
  for (const std::string& name :
       drop_passed_ends(options_.loop, before, position(), task_.steps_per_epoch())) {
    log(LogLevel::kWarning, name + " is behind this run and no longer counts; the new end does");
  }
  if (reached_end(ends(), position()) == Ending::kNoGain) state_.validations_without_gain = 0;
}

}  // namespace medcl
