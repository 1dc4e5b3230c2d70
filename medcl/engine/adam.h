// SPDX-License-Identifier: Apache-2.0
#pragma once

// Adam with decoupled weight decay, whose whole state is named tensors (so
// that a checkpoint is one safetensors file under every libtorch release).
//
// Source: Kingma & Ba, ICLR 2015; Loshchilov & Hutter, ICLR 2019.

#include <torch/torch.h>

#include <cstdint>
#include <string>
#include <vector>

#include "medcl/kernels/adam_update.h"
#include "medcl/model/state.h"

namespace medcl {

struct AdamOptions {
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
  double weight_decay = 0;
  bool fused = true;  ///< one pass over memory for each parameter where that is possible
};

class Adam {
 public:
  /// `parameters` are updated in place; names must be unique.
  Adam(std::vector<std::pair<std::string, torch::Tensor>> parameters, const AdamOptions& options);

  /// `gradients` in the order of the parameters.
  void step(const std::vector<torch::Tensor>& gradients, double learning_rate);

  /// "adam.m.<name>", "adam.v.<name>" and the scalar "adam.step".
  [[nodiscard]] NamedTensors state() const;
  /// @throws Error(kModelMismatch)
  void load(const NamedTensors& state);

 private:
  void update_fused(const std::vector<torch::Tensor>& gradients, const fast::AdamStep& step);
  void update_together(const std::vector<torch::Tensor>& gradients, const fast::AdamStep& step);

  AdamOptions options_;
  std::vector<std::string> names_;
  std::vector<torch::Tensor> parameters_, first_, second_;
  std::int64_t step_ = 0;
};

}  // namespace medcl
