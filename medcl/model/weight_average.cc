// SPDX-License-Identifier: Apache-2.0
#include "medcl/model/weight_average.h"

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

void average_in(NamedTensors& averages, const NamedTensors& values, double decay) {
  const torch::NoGradGuard no_grad;
  std::vector<torch::Tensor> means, towards;
  for (const auto& [name, value] : values) {
    const auto found = averages.find(name);
    check(found != averages.end(), "every value has an average");
    torch::Tensor& mean = found->second;
    if (mean.is_floating_point()) {
      means.push_back(mean);
      towards.push_back(value.detach());
    } else {
      mean.copy_(value.detach());
    }
  }
  lerp_all(means, towards, 1 - decay);
}

NamedTensors learning_state_of(const torch::nn::Module& module) {
  NamedTensors state = state_of(module);
  for (const auto& entry : module.named_parameters()) {
    if (!entry.value().requires_grad()) state.erase(entry.key());
  }
  return state;
}

WeightAverage::WeightAverage(const torch::nn::Module& network, double decay) : decay_(decay) {
  const NamedTensors learning = learning_state_of(network);
  for (const auto& [name, tensor] : state_of(network)) {
    const bool learns = learning.count(name) != 0;
    if (!learns) frozen_.insert(name);
    average_[name] = learns ? tensor.clone() : tensor;
  }
}

void WeightAverage::update(const torch::nn::Module& network, std::int64_t step) {
  const auto t = static_cast<double>(step);
  NamedTensors values = state_of(network);
  for (const std::string& name : frozen_) values.erase(name);
  average_in(average_, values, std::min(decay_, (1 + t) / (10 + t)));
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
