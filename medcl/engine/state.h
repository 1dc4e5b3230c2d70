// SPDX-License-Identifier: Apache-2.0
#pragma once

// The moving parts of a run, whatever its task.

#include <cstdint>
#include <vector>

#include "medcl/engine/checkpoint.h"
#include "medcl/engine/optimiser.h"
#include "medcl/engine/task.h"
#include "medcl/model/weight_average.h"

namespace medcl {

struct TrainingState {
  /// `groups` as Task::modules; they must outlive this object.
  TrainingState(std::vector<ModuleGroup> groups, const OptimiserOptions& options,
                double average_decay);

  std::vector<ModuleGroup> groups;
  Optimiser optimiser;
  WeightAverage average;  ///< of the first group

  std::int64_t step = 0;   ///< steps done
  double progress = 0;     ///< of the run at the next step, 0 to 1; for the learning rate
  double elapsed_s = 0;    ///< training time of earlier stretches
  double best_score = -1;  ///< of the best judgement
  std::int64_t best_step = 0;
  std::int64_t validations_without_gain = 0;
  std::int64_t validated_step = -1;  ///< the last step that was followed by a judgement

  /// `elapsed_s_now`: training time of all stretches up to now.
  [[nodiscard]] Checkpoint to_checkpoint(double elapsed_s_now) const;
  /// @throws Error(kModelMismatch), Error(kIo) when tensors or values are missing or of another
  /// shape or type; then nothing may be done with this but to restore another checkpoint.
  void restore(const Checkpoint& checkpoint);

 private:
  void restore_values(const Json& values);
};

}  // namespace medcl
