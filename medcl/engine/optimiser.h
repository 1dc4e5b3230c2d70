// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a gradient does to the parameters of a run.

#include <torch/torch.h>

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "medcl/core/options.h"
#include "medcl/engine/adam.h"
#include "medcl/engine/sgd.h"
#include "medcl/model/state.h"

namespace medcl {

enum class OptimiserKind { kAdam, kSgd };
inline const Choices<OptimiserKind>& choices(OptimiserKind) {
  static const Choices<OptimiserKind> kAll{{"adam", OptimiserKind::kAdam},
                                           {"sgd", OptimiserKind::kSgd}};
  return kAll;
}

struct OptimiserOptions {
  OptimiserKind kind = OptimiserKind::kAdam;
  double weight_decay = 0;  ///< decoupled for Adam, in the gradient for SGD
  double momentum = 0.99;   ///< of SGD, Nesterov's
  double beta2 = 0.999;     ///< of Adam
  double clip_norm = 0;     ///< gradients with a larger norm are scaled down to it; 0 = never
  bool fused = true;        ///< as AdamOptions
};

class Optimiser {
 public:
  using NamedParameters = std::vector<std::pair<std::string, torch::Tensor>>;

  /// `parameters` are updated in place; names must be unique.
  Optimiser(NamedParameters parameters, const OptimiserOptions& options);

  void zero_grad();
  /// A truth value on the parameters' device, not waited for: false when a gradient holds NaN or
  /// infinity, or is so large that its norm overflows.
  [[nodiscard]] torch::Tensor gradient_is_finite() const;
  /// A parameter without gradient counts as gradient 0.
  void step(double learning_rate);

  /// That of Adam or Sgd.
  [[nodiscard]] NamedTensors state() const;
  /// @throws Error(kModelMismatch)
  void load(const NamedTensors& state);

 private:
  std::vector<torch::Tensor> parameters_;
  double clip_norm_;
  std::variant<Adam, Sgd> rule_;
};

}  // namespace medcl
