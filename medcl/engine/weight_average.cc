// SPDX-License-Identifier: Apache-2.0
#include "medcl/engine/weight_average.h"

#if __has_include(<ATen/ops/_foreach_lerp.h>)
#include <ATen/ops/_foreach_lerp.h>
#define MEDCL_FOREACH_LERP
#endif

#include <algorithm>

#include "medcl/core/error.h"

namespace medcl {
namespace {

/// means += weight (values - means); on a GPU in few kernels, where libtorch has them.
void lerp_all(std::vector<torch::Tensor>& means, const std::vector<torch::Tensor>& values,
              double weight) {
#ifdef MEDCL_FOREACH_LERP
  if (!means.empty()) at::_foreach_lerp_(means, values, weight);
#else
  for (std::size_t i = 0; i < means.size(); ++i) means[i].lerp_(values[i], weight);
#endif
}

}  // namespace

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
  std::vector<torch::Tensor> means, values;
  for (const auto& [name, tensor] : state_of(network)) {
    if (frozen_.count(name) != 0) continue;
    torch::Tensor& mean = average_.at(name);
    if (mean.is_floating_point()) {
      means.push_back(mean);
      values.push_back(tensor.detach());
    } else {
      mean.copy_(tensor.detach());
    }
  }
  lerp_all(means, values, 1 - decay);
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
