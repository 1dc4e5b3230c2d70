// SPDX-License-Identifier: Apache-2.0
#include "medcl/model/initialise.h"

#include <ATen/CPUGeneratorImpl.h>

#include <cmath>
#include <string_view>

#include "medcl/core/random.h"

namespace medcl {
namespace {

constexpr double kLeakySlope = 0.01;

std::int64_t inputs_of(const torch::Tensor& weight) { return weight.numel() / weight.size(0); }

void initialise(const std::string& name, torch::Tensor& parameter, at::Generator& generator) {
  const bool is_weight = std::string_view(name).ends_with("weight");
  if (!is_weight || parameter.numel() == 0) {
    parameter.zero_();
  } else if (parameter.dim() >= 3) {
    const double gain = std::sqrt(2.0 / (1.0 + kLeakySlope * kLeakySlope));
    parameter.normal_(0.0, gain / std::sqrt(static_cast<double>(inputs_of(parameter))), generator);
  } else if (parameter.dim() == 2) {
    const double bound = 1.0 / std::sqrt(static_cast<double>(inputs_of(parameter)));
    parameter.uniform_(-bound, bound, generator);
  } else {
    parameter.fill_(1.0);
  }
}

}  // namespace

void initialise_weights(torch::nn::Module& module, std::uint64_t seed, std::uint32_t part) {
  const torch::NoGradGuard no_grad;
  RandomStream stream({.seed = seed, .sample = part, .purpose = Purpose::kInitialise});
  auto generator = at::make_generator<at::CPUGeneratorImpl>(stream.next());
  for (auto& entry : module.named_parameters()) {
    torch::Tensor values = torch::empty(entry.value().sizes(), torch::kFloat32);
    initialise(entry.key(), values, generator);
    entry.value().copy_(values);
  }
}

}  // namespace medcl
