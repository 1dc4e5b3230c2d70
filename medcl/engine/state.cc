// SPDX-License-Identifier: Apache-2.0
#include "medcl/engine/state.h"

#include <utility>

#include "medcl/core/error.h"
#include "medcl/format/json_text.h"

namespace medcl {
namespace {

/// Those that learn: what a group or a parameter says is frozen must not even decay.
std::vector<std::pair<std::string, torch::Tensor>> trained_parameters(
    const std::vector<ModuleGroup>& groups) {
  std::vector<std::pair<std::string, torch::Tensor>> parameters;
  for (const ModuleGroup& group : groups) {
    if (!group.trained) continue;
    for (const auto& item : group.module->named_parameters()) {
      if (!item.value().requires_grad()) continue;
      parameters.emplace_back(group.name + "." + item.key(), item.value());
    }
  }
  return parameters;
}

void add_prefixed(NamedTensors& into, const std::string& prefix, const NamedTensors& tensors) {
  for (const auto& [name, tensor] : tensors) {
    into[prefix + name] = tensor;
  }
}

NamedTensors take_prefixed(const NamedTensors& from, const std::string& prefix) {
  NamedTensors taken;
  for (auto it = from.lower_bound(prefix); it != from.end() && it->first.rfind(prefix, 0) == 0;
       ++it) {
    taken[it->first.substr(prefix.size())] = it->second;
  }
  return taken;
}

}  // namespace

TrainingState::TrainingState(std::vector<ModuleGroup> modules, const OptimiserOptions& options,
                             double average_decay)
    : groups(std::move(modules)),
      optimiser(trained_parameters(groups), options),
      average(*groups.front().module, average_decay) {}

Checkpoint TrainingState::to_checkpoint(double elapsed_s_now) const {
  Checkpoint checkpoint;
  checkpoint.step = step;
  for (const ModuleGroup& group : groups) {
    add_prefixed(checkpoint.tensors, group.name + ".", state_of(*group.module));
  }
  add_prefixed(checkpoint.tensors, "average.", average.trained());
  add_prefixed(checkpoint.tensors, "", optimiser.state());
  checkpoint.values = {{"elapsed_s", elapsed_s_now},
                       {"best_score", best_score},
                       {"best_step", best_step},
                       {"validations_without_gain", validations_without_gain},
                       {"validated_step", validated_step}};
  return checkpoint;
}

void TrainingState::restore(const Checkpoint& checkpoint) {
  for (const ModuleGroup& group : groups) {
    load_state(*group.module, take_prefixed(checkpoint.tensors, group.name + "."), "checkpoint");
  }
  average.load(take_prefixed(checkpoint.tensors, "average."));
  optimiser.load(checkpoint.tensors);
  step = checkpoint.step;
  restore_values(checkpoint.values);
}

void TrainingState::restore_values(const Json& values) {
  reading_json("broken values", "checkpoint", [&] {
    elapsed_s = values.at("elapsed_s").get<double>();
    best_score = values.at("best_score").get<double>();
    best_step = values.at("best_step").get<std::int64_t>();
    validations_without_gain = values.at("validations_without_gain").get<std::int64_t>();
    validated_step = values.value("validated_step", step);  // absent in format 1
  });
  const bool sane = step >= 0 && elapsed_s >= 0 && best_step >= 0 && best_step <= step &&
                    best_score < 1.001 && validations_without_gain >= 0 && validated_step <= step;
  if (!sane) {
    fail(ErrorCode::kIo, {.what = "broken values",
                          .where = "checkpoint",
                          .expected = "numbers that a run can reach",
                          .found = json_text(values)});
  }
}

}  // namespace medcl
