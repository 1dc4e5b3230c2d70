// SPDX-License-Identifier: Apache-2.0
#pragma once

// Exponential moving average of a network's parameters and buffers; predictions use it. Parameters
// that do not require a gradient are frozen: they are shared with the network, not averaged.
//
// Source: Polyak & Juditsky 1992; Tarvainen & Valpola, Mean teachers, NeurIPS 2017.

#include <torch/torch.h>

#include <set>
#include <string>

#include "medcl/model/state.h"

namespace medcl {

/// averages = decay averages + (1 - decay) values, in place and by name; integers become those of
/// `values`. Averages without a value stay as they are. @throws Error(kFailure) for a value without
/// an average
void average_in(NamedTensors& averages, const NamedTensors& values, double decay);
/// state_of(module) without what does not learn: parameters that do not require a gradient.
NamedTensors learning_state_of(const torch::nn::Module& module);

class WeightAverage {
 public:
  /// decay 0 = the weights themselves. The first steps use min(decay, (1 + t) / (10 + t)).
  WeightAverage(const torch::nn::Module& network, double decay);
  void update(const torch::nn::Module& network, std::int64_t step);

  /// Same names and shapes as state_of(network).
  [[nodiscard]] const NamedTensors& average() const { return average_; }
  /// The same without what is frozen: what a checkpoint must keep.
  [[nodiscard]] NamedTensors trained() const;
  /// As trained() gave it. @throws Error(kModelMismatch)
  void load(const NamedTensors& average);

 private:
  NamedTensors average_;
  std::set<std::string> frozen_;
  double decay_;
};

}  // namespace medcl
