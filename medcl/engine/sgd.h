// SPDX-License-Identifier: Apache-2.0
#pragma once

// Gradient descent with Nesterov's momentum, whose whole state is named tensors.
//
// Source: Sutskever et al., ICML 2013, in the form of torch.optim.SGD(nesterov=True): with weight
// decay w, gradient g + w p, velocity v <- m v + g, and p <- p - rate (g + m v).

#include <torch/torch.h>

#include <string>
#include <utility>
#include <vector>

#include "medcl/model/state.h"

namespace medcl {

struct SgdOptions {
  double momentum = 0.99;
  double weight_decay = 0;  ///< added to the gradient, not decoupled as Adam's
};

class Sgd {
 public:
  /// `parameters` are updated in place; names must be unique.
  Sgd(std::vector<std::pair<std::string, torch::Tensor>> parameters, const SgdOptions& options);

  /// `gradients` in the order of the parameters.
  void step(const std::vector<torch::Tensor>& gradients, double learning_rate);

  /// "sgd.v.<name>".
  [[nodiscard]] NamedTensors state() const;
  /// @throws Error(kModelMismatch)
  void load(const NamedTensors& state);

 private:
  SgdOptions options_;
  std::vector<std::string> names_;
  std::vector<torch::Tensor> parameters_, velocity_;
};

}  // namespace medcl
