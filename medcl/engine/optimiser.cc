// SPDX-License-Identifier: Apache-2.0
#include "medcl/engine/optimiser.h"

namespace medcl {
namespace {

std::vector<torch::Tensor> tensors_of(const Optimiser::NamedParameters& parameters) {
  std::vector<torch::Tensor> tensors;
  tensors.reserve(parameters.size());
  for (const auto& [name, parameter] : parameters) tensors.push_back(parameter);
  return tensors;
}

std::variant<Adam, Sgd> rule_of(Optimiser::NamedParameters parameters,
                                const OptimiserOptions& options) {
  if (options.kind == OptimiserKind::kSgd) {
    return Sgd(std::move(parameters),
               {.momentum = options.momentum, .weight_decay = options.weight_decay});
  }
  return Adam(
      std::move(parameters),
      {.beta2 = options.beta2, .weight_decay = options.weight_decay, .fused = options.fused});
}

std::vector<torch::Tensor> defined_gradients(const std::vector<torch::Tensor>& parameters) {
  std::vector<torch::Tensor> gradients;
  for (const torch::Tensor& parameter : parameters) {
    if (parameter.grad().defined()) gradients.push_back(parameter.grad());
  }
  return gradients;
}

/// As torch.nn.utils.clip_grad_norm_: over all gradients together.
void clip(const std::vector<torch::Tensor>& parameters, double norm) {
  constexpr double kTiny = 1e-6;
  std::vector<torch::Tensor> gradients = defined_gradients(parameters);
  if (gradients.empty()) return;
  const torch::Tensor all = torch::stack(at::_foreach_norm(gradients)).norm();
  const torch::Tensor factor = (norm / (all + kTiny)).clamp_max(1);
  for (torch::Tensor& gradient : gradients) gradient.mul_(factor);
}

}  // namespace

Optimiser::Optimiser(NamedParameters parameters, const OptimiserOptions& options)
    : parameters_(tensors_of(parameters)),
      clip_norm_(options.clip_norm),
      rule_(rule_of(std::move(parameters), options)) {}

void Optimiser::zero_grad() {
  for (torch::Tensor& parameter : parameters_) parameter.mutable_grad().reset();
}

torch::Tensor Optimiser::gradient_is_finite() const {
  const torch::NoGradGuard no_grad;
  const std::vector<torch::Tensor> gradients = defined_gradients(parameters_);
  if (gradients.empty()) return torch::tensor(true);
  return torch::stack(at::_foreach_norm(gradients)).isfinite().all();
}

void Optimiser::step(double learning_rate) {
  const torch::NoGradGuard no_grad;
  if (clip_norm_ > 0) clip(parameters_, clip_norm_);
  std::vector<torch::Tensor> gradients;
  gradients.reserve(parameters_.size());
  for (const torch::Tensor& parameter : parameters_) {
    gradients.push_back(parameter.grad().defined() ? parameter.grad()
                                                   : torch::zeros_like(parameter));
  }
  std::visit([&](auto& rule) { rule.step(gradients, learning_rate); }, rule_);
}

NamedTensors Optimiser::state() const {
  return std::visit([](const auto& rule) { return rule.state(); }, rule_);
}

void Optimiser::load(const NamedTensors& state) {
  std::visit([&](auto& rule) { rule.load(state); }, rule_);
}

}  // namespace medcl
