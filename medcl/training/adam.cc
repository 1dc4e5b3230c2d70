// SPDX-License-Identifier: Apache-2.0
#include "medcl/training/adam.h"

#include <cmath>

#include "medcl/core/error.h"

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

void Adam::zero_grad() {
  for (auto& parameter : parameters_) {
    parameter.mutable_grad().reset();
  }
}

bool Adam::has_finite_gradient() const {
  const torch::NoGradGuard no_grad;
  std::vector<torch::Tensor> norms;
  for (const auto& parameter : parameters_) {
    if (parameter.grad().defined()) {
      norms.push_back(parameter.grad().norm());
    }
  }
  return norms.empty() || torch::stack(norms).isfinite().all().item<bool>();
}

void Adam::step(double learning_rate) {
  const torch::NoGradGuard no_grad;
  ++step_;
  const auto t = static_cast<double>(step_);
  const double correction1 = 1 - std::pow(options_.beta1, t);
  const double correction2 = 1 - std::pow(options_.beta2, t);
  std::vector<torch::Tensor> gradients;
  gradients.reserve(parameters_.size());
  for (const auto& parameter : parameters_) {
    gradients.push_back(parameter.grad().defined() ? parameter.grad()
                                                   : torch::zeros_like(parameter));
  }
  if (options_.weight_decay > 0) {
    at::_foreach_mul_(parameters_, 1 - learning_rate * options_.weight_decay);
  }
  at::_foreach_mul_(first_, options_.beta1);
  at::_foreach_add_(first_, gradients, 1 - options_.beta1);
  at::_foreach_mul_(second_, options_.beta2);
  at::_foreach_addcmul_(second_, gradients, gradients, 1 - options_.beta2);
  auto scale = at::_foreach_sqrt(second_);
  at::_foreach_div_(scale, std::sqrt(correction2));
  at::_foreach_add_(scale, options_.epsilon);
  at::_foreach_addcdiv_(parameters_, first_, scale, -learning_rate / correction1);
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
  const auto take = [&](const std::string& name, torch::Tensor& into) {
    const auto found = state.find(name);
    if (found == state.end() || found->second.sizes() != into.sizes()) {
      fail(ErrorCode::kModelMismatch, {.what = "optimiser state does not fit the network",
                                       .where = name,
                                       .expected = "a tensor of the parameter's shape"});
    }
    into.copy_(found->second);
  };
  const torch::NoGradGuard no_grad;
  for (std::size_t i = 0; i < names_.size(); ++i) {
    take("adam.m." + names_[i], first_[i]);
    take("adam.v." + names_[i], second_[i]);
  }
  auto step = torch::tensor(std::int64_t{0}, torch::kInt64);
  take("adam.step", step);
  step_ = step.item<std::int64_t>();
}

}  // namespace medcl
