// SPDX-License-Identifier: Apache-2.0
#pragma once

// The moving parts of a run.

#include <cstdint>
#include <memory>
#include <vector>

#include "medcl/methods/method.h"
#include "medcl/model/component_rule.h"
#include "medcl/model/fast/cuda/replayed.h"
#include "medcl/model/segmenter.h"
#include "medcl/training/adam.h"
#include "medcl/training/checkpoint.h"
#include "medcl/training/config.h"
#include "medcl/training/weight_average.h"

namespace medcl {

/// The network of a run, on its device, with its precision; its weights are a function of the seed.
std::shared_ptr<Segmenter> network_for(const RunOptions& options, std::int64_t channels,
                                       std::int64_t outputs);

struct TrainingState {
  TrainingState(const RunOptions& options, std::int64_t channels, std::int64_t classes);

  std::unique_ptr<Method> method;
  std::shared_ptr<Segmenter> network;              ///< with the method's extra outputs
  std::unique_ptr<fast::cuda::Replayed> replayed;  ///< on a GPU: the same network; may be null
  Adam optimiser;
  WeightAverage average;

  std::int64_t step = 0;   ///< steps done
  double progress = 0;     ///< of the run at the next step, 0 to 1; for the learning rate
  double elapsed_s = 0;    ///< training time of earlier stretches
  double best_score = -1;  ///< mean Dice of the best validation
  std::int64_t best_step = 0;
  std::int64_t validations_without_gain = 0;
  std::int64_t validated_step = -1;  ///< the last step that was followed by a validation
  ComponentRule components;          ///< as that validation decided

  /// `elapsed_s_now`: training time of all stretches up to now.
  [[nodiscard]] Checkpoint to_checkpoint(double elapsed_s_now) const;
  /// @throws Error(kModelMismatch), Error(kIo) when tensors or values are missing or of another
  /// shape or type; then nothing may be done with this but to restore another checkpoint.
  void restore(const Checkpoint& checkpoint);

 private:
  void restore_values(const Json& values);
};

}  // namespace medcl
