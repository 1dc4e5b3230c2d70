// SPDX-License-Identifier: Apache-2.0
#include "medcl/engine/adam.h"

#include <cmath>

#include "medcl/engine/optimiser_state.h"

namespace medcl {

Adam::Adam(std::vector<std::pair<std::string, torch::Tensor>> parameters,
           const AdamOptions& options)
    : options_(options) {
  for (auto& [name, parameter] : parameters) {
    names_.push_back(name);
    parameters_.push_back(parameter);
    first_.push_back(torch::zeros_like(parameter));
    second_.push_back(torch::zeros_like(parameter));
  }
}

void Adam::step(const std::vector<torch::Tensor>& gradients, double learning_rate) {
  const torch::NoGradGuard no_grad;
  ++step_;
  const auto t = static_cast<double>(step_);
  const fast::AdamStep step{.beta1 = options_.beta1,
                            .beta2 = options_.beta2,
                            .epsilon = options_.epsilon,
                            .keep = 1 - learning_rate * options_.weight_decay,
                            .rate = learning_rate / (1 - std::pow(options_.beta1, t)),
                            .root_correction2 = std::sqrt(1 - std::pow(options_.beta2, t))};
  bool fused = options_.fused;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    fused = fused && fast::can_adam_update(parameters_[i], first_[i], second_[i]);
  }
  fused ? update_fused(gradients, step) : update_together(gradients, step);
}

void Adam::update_fused(const std::vector<torch::Tensor>& gradients, const fast::AdamStep& step) {
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    fast::adam_update(parameters_[i], gradients[i], first_[i], second_[i], step);
  }
}

void Adam::update_together(const std::vector<torch::Tensor>& gradients,
                           const fast::AdamStep& step) {
  if (step.keep != 1) at::_foreach_mul_(parameters_, step.keep);
  at::_foreach_mul_(first_, step.beta1);
  at::_foreach_add_(first_, gradients, 1 - step.beta1);
  at::_foreach_mul_(second_, step.beta2);
  at::_foreach_addcmul_(second_, gradients, gradients, 1 - step.beta2);
  auto scale = at::_foreach_sqrt(second_);
  at::_foreach_div_(scale, step.root_correction2);
  at::_foreach_add_(scale, step.epsilon);
  at::_foreach_addcdiv_(parameters_, first_, scale, -step.rate);
}

NamedTensors Adam::state() const {
  NamedTensors state;
  for (std::size_t i = 0; i < names_.size(); ++i) {
    state["adam.m." + names_[i]] = first_[i];
    state["adam.v." + names_[i]] = second_[i];
  }
  state["adam.step"] = torch::tensor(step_, torch::kInt64);
  return state;
}

void Adam::load(const NamedTensors& state) {
  for (std::size_t i = 0; i < names_.size(); ++i) {
    take_state(state, "adam.m." + names_[i], first_[i]);
    take_state(state, "adam.v." + names_[i], second_[i]);
  }
  auto step = torch::tensor(std::int64_t{0}, torch::kInt64);
  take_state(state, "adam.step", step);
  step_ = step.item<std::int64_t>();
}

}  // namespace medcl
