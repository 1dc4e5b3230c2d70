// SPDX-License-Identifier: Apache-2.0
#include "medcl/engine/step.h"

#include <cmath>

#include "medcl/core/random.h"
#include "medcl/model/libtorch_state.h"

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

torch::Device device_of(const TrainingState& state) {
  const auto parameters = state.groups.front().module->parameters();
  return parameters.empty() ? torch::Device(torch::kCPU) : parameters.front().device();
}

/// Fills the losses in and says whether the gradient is finite. All numbers come in one transfer: a
/// GPU is waited for once in a step, when its work is queued up to here.
bool read_numbers(const torch::Tensor& total, const LossTerms& terms, const Optimiser& optimiser,
                  StepReport& report) {
  std::vector<torch::Tensor> numbers{total, optimiser.gradient_is_finite()};
  for (const LossTerm& term : terms.terms) numbers.push_back(term.value);
  for (torch::Tensor& number : numbers) {
    number = number.detach().to(total.device(), torch::kFloat64);
  }
  const torch::Tensor here = torch::stack(numbers).to(torch::kCPU);
  const double* value = here.data_ptr<double>();
  report.total = value[0];
  for (std::size_t i = 0; i < terms.terms.size(); ++i) {
    report.terms[terms.terms[i].name] = value[2 + i];
  }
  return value[1] != 0;
}

}  // namespace

NonFiniteLoss::NonFiniteLoss(const StepReport& report, const Batch& batch, const std::string& what)
    : Error(ErrorCode::kFailure,
            {.what = "the " + what + " is not finite",
             .where = "training",
             .found = describe(report, batch),
             .remedy = "the last good checkpoint is kept and the batch is in failed_step/; lower "
                       "schedule.learning_rate or check these images"}) {}

StepReport train_step(TrainingState& state, Task& task, const Batch& batch,
                      const ScheduleOptions& schedule, std::uint64_t seed) {
  RandomStream dropout({.seed = seed,
                        .epoch = static_cast<std::uint32_t>(state.step),
                        .purpose = Purpose::kDropout});
  const SeededGenerators generators(dropout.next(), device_of(state));

  const LossTerms terms = task.losses(batch);
  const torch::Tensor total = total_loss(terms);

  state.optimiser.zero_grad();
  total.backward();

  StepReport report;
  report.step = state.step + 1;
  report.learning_rate = learning_rate_at(schedule, state.step, state.progress);
  const bool finite_gradient = read_numbers(total, terms, state.optimiser, report);
  if (!std::isfinite(report.total)) {
    throw NonFiniteLoss(report, batch, "loss");
  }
  if (!finite_gradient) {
    throw NonFiniteLoss(report, batch, "gradient");
  }
  state.optimiser.step(report.learning_rate);
  state.average.update(*state.groups.front().module, state.step);
  task.after_step(batch);
  ++state.step;
  return report;
}

}  // namespace medcl
