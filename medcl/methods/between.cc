// SPDX-License-Identifier: Apache-2.0
#include "medcl/methods/between.h"

#include <string>
#include <utility>

#include "medcl/core/error.h"
#include "medcl/kernels/cuda/context_pointer.h"

namespace medcl {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

variable_list chosen(const std::vector<torch::Tensor>& all,
                     const std::vector<std::size_t>& places) {
  variable_list some;
  for (const std::size_t at : places) some.push_back(all.at(at));
  return some;
}

}  // namespace

/// Stands for the pass of the shell in the graph of libtorch's autograd.
class Between::Pass : public torch::autograd::Function<Pass> {
 public:
  static torch::Tensor forward(AutogradContext* context, const at::TensorList& /*first*/,
                               const at::TensorList& /*second*/, Between* between,
                               std::int64_t layer, double share, const torch::Tensor& image_bcs) {
    fast::cuda::keep_pointer(*context, "between", between);
    context->saved_data["layer"] = layer;
    context->saved_data["share"] = share;
    const torch::AutoGradMode with_gradient(true);
    between->pending_bks_ = between->shell_->forward(image_bcs.detach()).logits_bks;
    return between->pending_bks_.tensor_data();
  }

  static variable_list backward(AutogradContext* context, const variable_list& outputs) {
    auto* between = fast::cuda::kept_pointer<Between>(*context, "between");
    const auto layer = static_cast<std::size_t>(context->saved_data["layer"].toInt());
    const double share = context->saved_data["share"].toDouble();
    check(between->pending_bks_.defined(), "the gradient of a pass is taken once");
    variable_list of_first = torch::autograd::grad(
        {std::exchange(between->pending_bks_, {})}, between->parameters_, {outputs[0]},
        /*retain_graph=*/false, /*create_graph=*/false, /*allow_unused=*/true);
    variable_list of_second;
    for (const std::size_t i : between->layers_[layer]) {
      torch::Tensor& gradient = of_first[i];
      of_second.push_back(gradient.defined() ? gradient * (1 - share) : gradient);
      if (gradient.defined()) gradient = gradient * share;
    }
    variable_list all = std::move(of_first);
    all.insert(all.end(), of_second.begin(), of_second.end());
    all.resize(all.size() + 4);  // no tensors, and the image
    return all;
  }
};

Between::Between(std::shared_ptr<Network> shell) : shell_(std::move(shell)) {
  std::string last;
  std::size_t place = 0;
  for (const auto& entry : shell_->named_parameters()) {
    const std::size_t at = place++;
    if (!entry.value().requires_grad()) continue;
    const std::string& name = entry.key();
    const std::size_t dot = name.rfind('.');
    const std::string module = dot == std::string::npos ? "" : name.substr(0, dot);
    if (layers_.empty() || module != last) layers_.emplace_back();
    last = module;
    layers_.back().push_back(parameters_.size());
    parameters_.push_back(entry.value());
    places_.push_back(at);
  }
  check(!layers_.empty(), "a network with something to learn");
}

torch::Tensor Between::logits(const Network& first, const Network& second, std::int64_t layer,
                              double share, const torch::Tensor& image_bcs) {
  const variable_list of_first = chosen(first.parameters(), places_);
  variable_list of_second;
  {
    const torch::NoGradGuard no_grad;
    for (std::size_t i = 0; i < parameters_.size(); ++i) parameters_[i].copy_(of_first[i]);
    const variable_list others = chosen(second.parameters(), places_);
    for (const std::size_t i : layers_.at(static_cast<std::size_t>(layer))) {
      parameters_[i].mul_(share).add_(others[i], 1 - share);
      of_second.push_back(others[i]);
    }
  }
  return Pass::apply(at::TensorList(of_first), at::TensorList(of_second), this, layer, share,
                     image_bcs);
}

}  // namespace medcl
