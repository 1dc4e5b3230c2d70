// SPDX-License-Identifier: Apache-2.0
#include "medcl/training/step.h"

#include <cmath>

#include "medcl/core/random.h"

namespace medcl {
namespace {

std::string describe(const StepReport& report, const Batch& batch) {
  std::string text = "step " + std::to_string(report.step) + ", terms";
  for (const auto& [name, value] : report.terms) {
    text += " " + name + "=" + std::to_string(value);
  }
  text += ", batch";
  for (const std::string& id : batch.ids) {
    text += " " + id;
  }
  return text;
}

}  // namespace

NonFiniteLoss::NonFiniteLoss(const StepReport& report, const Batch& batch, const std::string& what)
    : Error(ErrorCode::kFailure,
            {.what = "the " + what + " is not finite",
             .where = "training",
             .found = describe(report, batch),
             .remedy = "the last good checkpoint is kept and the batch is in failed_step/; lower "
                       "schedule.learning_rate or check these images"}) {}

StepReport train_step(TrainingState& state, const Batch& batch, const RunOptions& options) {
  const auto seed = static_cast<std::uint64_t>(options.train.seed);
  RandomStream dropout({.seed = seed,
                        .epoch = static_cast<std::uint32_t>(state.step),
                        .purpose = Purpose::kDropout});
  torch::manual_seed(dropout.next());

  const LossTerms terms = state.method->losses(*state.network, batch);
  const torch::Tensor total = total_loss(terms, state.method->weights());

  StepReport report;
  report.step = state.step + 1;
  report.learning_rate = learning_rate_at(options.schedule, state.step, state.planned_steps);
  report.total = total.item<double>();
  for (const auto& [name, value] : terms.terms) {
    report.terms[name] = value.item<double>();
  }
  if (!std::isfinite(report.total)) {
    throw NonFiniteLoss(report, batch, "loss");
  }
  state.optimiser.zero_grad();
  total.backward();
  if (!state.optimiser.has_finite_gradient()) {
    throw NonFiniteLoss(report, batch, "gradient");
  }
  state.optimiser.step(report.learning_rate);
  state.average.update(*state.network, state.step);
  ++state.step;
  return report;
}

}  // namespace medcl
