// SPDX-License-Identifier: Apache-2.0
#include "medcl/engine/sgd.h"

#include "medcl/engine/optimiser_state.h"

namespace medcl {

Sgd::Sgd(std::vector<std::pair<std::string, torch::Tensor>> parameters, const SgdOptions& options)
    : options_(options) {
  for (auto& [name, parameter] : parameters) {
    names_.push_back(name);
    parameters_.push_back(parameter);
    velocity_.push_back(torch::zeros_like(parameter));
  }
}

void Sgd::step(const std::vector<torch::Tensor>& gradients, double learning_rate) {
  const torch::NoGradGuard no_grad;
  std::vector<torch::Tensor> decayed = gradients;
  if (options_.weight_decay != 0) {
    decayed = at::_foreach_add(gradients, parameters_, options_.weight_decay);
  }
  at::_foreach_mul_(velocity_, options_.momentum);
  at::_foreach_add_(velocity_, decayed, 1);
  at::_foreach_add_(parameters_, decayed, -learning_rate);
  at::_foreach_add_(parameters_, velocity_, -learning_rate * options_.momentum);
}

NamedTensors Sgd::state() const {
  NamedTensors state;
  for (std::size_t i = 0; i < names_.size(); ++i) state["sgd.v." + names_[i]] = velocity_[i];
  return state;
}

void Sgd::load(const NamedTensors& state) {
  for (std::size_t i = 0; i < names_.size(); ++i) {
    take_state(state, "sgd.v." + names_[i], velocity_[i]);
  }
}

}  // namespace medcl
