// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a run does, as the engine sees it: a source of batches, losses on modules, a judgement of
// the averaged weights, and what is saved. Training a segmentation is one task, pre-training an
// encoder another.

#include <torch/torch.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "medcl/format/json.h"
#include "medcl/model/state.h"
#include "medcl/objective/total.h"
#include "medcl/sampling/batch.h"

namespace medcl {

/// A module of a run; its tensors stand in checkpoints under "`name`.".
struct ModuleGroup {
  std::string name;
  torch::nn::Module* module = nullptr;
  bool trained = true;  ///< the optimiser sees those of its parameters that require a gradient
};

/// Something that a judgement gives away of a training that goes wrong; `id` names its kind.
struct Alarm {
  std::string id, text;
};

/// How good the averaged weights are.
struct Judgement {
  std::string measure;                                  ///< Task::measure()
  double score = 0;                                     ///< the larger, the better
  std::vector<std::pair<std::string, double>> parts{};  ///< such as the Dice of each class
  Json record{};                                        ///< for the log of the run
  std::vector<Alarm> alarms{};  ///< said once each, when a tenth of the run is done
};

class Task {
 public:
  virtual ~Task() = default;

  /// The batch of a step, steps counted from 0: a function of the step alone, for any thread.
  [[nodiscard]] virtual Batch batch(std::int64_t step) const = 0;
  [[nodiscard]] virtual std::int64_t steps_per_epoch() const = 0;
  /// The epoch, from 0, whose images a step shows.
  [[nodiscard]] virtual std::int64_t epoch_of(std::int64_t step) const {
    return step / steps_per_epoch();
  }

  /// The first group is the network, whose weights are averaged.
  virtual std::vector<ModuleGroup> modules() = 0;
  /// With gradient. `batch` is on the device of the run.
  virtual LossTerms losses(const Batch& batch) = 0;
  /// After the weights changed.
  virtual void after_step(const Batch& /*batch*/) {}

  /// Which data the run has seen; see data_changes().
  [[nodiscard]] virtual Json data() const = 0;
  /// False where there is nothing to judge weights by.
  [[nodiscard]] virtual bool can_judge() const { return false; }
  /// What judge() scores, such as "Dice".
  [[nodiscard]] virtual std::string measure() const { return ""; }
  virtual std::optional<Judgement> judge(const NamedTensors& /*averaged*/, std::int64_t /*step*/) {
    return std::nullopt;
  }
  /// Keeps what was judged last, which is the best so far. @throws Error(kIo)
  virtual void save_best() {}
  /// For a run that goes on and has a best. @throws Error(kIo) when it is not there as it was kept.
  virtual void require_best() const {}
  /// Keeps the weights of the end, and notes in what is kept how the run ended. @throws Error(kIo)
  virtual void save_last(const NamedTensors& averaged, std::int64_t step, const Json& ending) = 0;

  /// What a run that goes on must find again beside tensors, and its return.
  [[nodiscard]] virtual Json kept() const { return Json::object(); }
  virtual void restore(const Json& /*values*/) {}
};

}  // namespace medcl
