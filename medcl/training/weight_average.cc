// SPDX-License-Identifier: Apache-2.0
#include "medcl/training/weight_average.h"

#include <algorithm>

#include "medcl/core/error.h"

namespace medcl {

WeightAverage::WeightAverage(const torch::nn::Module& network, double decay) : decay_(decay) {
  for (const auto& entry : network.named_parameters()) {
    if (!entry.value().requires_grad()) frozen_.insert(entry.key());
  }
  for (const auto& [name, tensor] : state_of(network)) {
    average_[name] = frozen_.count(name) != 0 ? tensor : tensor.clone();
  }
}

void WeightAverage::update(const torch::nn::Module& network, std::int64_t step) {
  const torch::NoGradGuard no_grad;
  const auto t = static_cast<double>(step);
  const double decay = std::min(decay_, (1 + t) / (10 + t));
  for (const auto& [name, tensor] : state_of(network)) {
    if (frozen_.count(name) != 0) continue;
    torch::Tensor& mean = average_.at(name);
    if (mean.is_floating_point()) {
      mean.lerp_(tensor.detach(), 1 - decay);
    } else {
      mean.copy_(tensor.detach());
    }
  }
}

NamedTensors WeightAverage::trained() const {
  NamedTensors trained = average_;
  for (const std::string& name : frozen_) trained.erase(name);
  return trained;
}

void WeightAverage::load(const NamedTensors& average) {
  const torch::NoGradGuard no_grad;
  for (auto& [name, mean] : average_) {
    if (frozen_.count(name) != 0) continue;
    const auto found = average.find(name);
    if (found == average.end() || found->second.sizes() != mean.sizes()) {
      fail(ErrorCode::kModelMismatch,
           {.what = "averaged weights do not fit the network", .where = name});
    }
    mean.copy_(found->second);
  }
}

}  // namespace medcl
