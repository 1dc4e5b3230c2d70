// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the engine is told of a run, whatever its task.

#include <cstdint>
#include <string>

#include "medcl/core/options.h"
#include "medcl/engine/optimiser.h"
#include "medcl/engine/schedule.h"
#include "medcl/model/network.h"

namespace medcl {

/// Where a run ends, how often it is judged and saved, and what its steps compute with: the options
/// "train.*" of every task.
struct LoopOptions {
  std::int64_t seed = 1;
  std::int64_t steps = 0;     ///< 0 = by epochs or time
  std::int64_t epochs = 0;    ///< 0 = by steps or time
  double time_s = 0;          ///< 0 = no limit
  std::int64_t patience = 0;  ///< validations without improvement before stopping; 0 = never
  std::int64_t validate_every = 250;    ///< steps
  std::int64_t checkpoint_every = 250;  ///< steps
  double average_decay = 0.99;          ///< moving average of the weights; 0 = off
  OptimiserKind optimiser = OptimiserKind::kAdam;
  double momentum = 0.99;  ///< of SGD
  double weight_decay = 0;
  double clip_norm = 0;  ///< of the gradient; 0 = never
  Precision precision = Precision::kAuto;
  bool fused = true;           ///< Network::set_fused
  bool graphs = true;          ///< on a GPU: fast::cuda::Replayed
  std::string device = "cpu";  ///< cpu, cuda
  std::int64_t threads = 0;    ///< 0 = all cores
  std::int64_t workers = 1;    ///< loader threads; does not change the result
  bool untrained = false;      ///< no step: what is saved is what the run began with
  void describe(OptionTable table);
};

struct EngineOptions {
  LoopOptions loop;  ///< settled
  ScheduleOptions schedule;
  OptimiserOptions optimiser;
  std::int64_t batch = 1;  ///< images of a step, for the rate that people see
};

}  // namespace medcl
