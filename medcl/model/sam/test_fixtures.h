// SPDX-License-Identifier: Apache-2.0
#pragma once

// A test tool: reference numbers of SAM. Header only.

#include <torch/torch.h>

#include <filesystem>
#include <optional>
#include <string>

#include "medcl/core/test_paths.h"
#include "medcl/format/json.h"
#include "medcl/model/state.h"

namespace medcl::sam {

struct ReferenceFile {
  NamedTensors tensors;
  Json config;
};

inline ReferenceFile read_reference(const std::filesystem::path& path) {
  const SafetensorsFile file = SafetensorsFile::open(path);
  return {to_tensors(file), parse_json(file.metadata().at("config"), path.string())};
}

/// The entries whose name begins with `prefix`, without it.
inline NamedTensors part_of(const NamedTensors& state, const std::string& prefix) {
  NamedTensors part;
  for (const auto& [name, tensor] : state) {
    if (name.starts_with(prefix)) part[name.substr(prefix.size())] = tensor;
  }
  return part;
}

inline std::int64_t values_in(const NamedTensors& state) {
  std::int64_t count = 0;
  for (const auto& [name, tensor] : state) count += tensor.numel();
  return count;
}

inline double largest_difference(const torch::Tensor& a, const torch::Tensor& b) {
  TORCH_CHECK(a.sizes() == b.sizes(), a.sizes(), " is not ", b.sizes());
  const auto difference = a.to(torch::kFloat64) - b.to(torch::kFloat64);
  return difference.numel() == 0 ? 0 : difference.abs().max().item<double>();
}

/// Random values everywhere, also where fresh weights are 0 or 1.
inline void randomise(torch::nn::Module& module, std::uint64_t seed) {
  const torch::NoGradGuard no_grad;
  torch::manual_seed(seed);
  for (auto& parameter : module.parameters()) parameter.normal_(0, 0.2);
}

}  // namespace medcl::sam
