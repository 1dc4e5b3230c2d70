// SPDX-License-Identifier: Apache-2.0
#include "medcl/training/weight_average.h"

#include <algorithm>

#include "medcl/core/error.h"

namespace medcl {

WeightAverage::WeightAverage(const torch::nn::Module& network, double decay) : decay_(decay) {
  for (const auto& [name, tensor] : state_of(network)) {
    average_[name] = tensor.detach().clone();
  }
}

void WeightAverage::update(const torch::nn::Module& network, std::int64_t step) {
  const torch::NoGradGuard no_grad;
  const auto t = static_cast<double>(step);
  const double decay = std::min(decay_, (1 + t) / (10 + t));
  for (const auto& [name, tensor] : state_of(network)) {
    torch::Tensor& mean = average_.at(name);
    if (mean.is_floating_point()) {
      mean.lerp_(tensor.detach(), 1 - decay);
    } else {
      mean.copy_(tensor.detach());
    }
  }
}

void WeightAverage::load(const NamedTensors& average) {
  const torch::NoGradGuard no_grad;
  for (auto& [name, mean] : average_) {
    const auto found = average.find(name);
    if (found == average.end() || found->second.sizes() != mean.sizes()) {
      fail(ErrorCode::kModelMismatch,
           {.what = "averaged weights do not fit the network", .where = name});
    }
    mean.copy_(found->second);
  }
}

}  // namespace medcl
