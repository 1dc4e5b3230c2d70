// SPDX-License-Identifier: Apache-2.0
#pragma once

// For tests: the cases of one file of reference numbers, and random tensors.

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "medcl/core/random.h"
#include "medcl/core/test_paths.h"
#include "medcl/format/safetensors.h"
#include "medcl/mixing/class_sets.h"

namespace medcl {

/// "in.a", "out.b" -> tensor (float64 or integer).
struct ReferenceCase {
  std::map<std::string, torch::Tensor> fields;

  [[nodiscard]] bool has(const std::string& field) const { return fields.count(field) != 0; }
  [[nodiscard]] torch::Tensor at(const std::string& field,
                                 torch::ScalarType type = torch::kFloat64) const {
    return fields.at(field).to(type);
  }
};

using ReferenceCases = std::map<std::string, ReferenceCase>;

inline torch::Tensor reference_tensor(const TensorView& view) {
  const auto type = view.dtype == DType::kF64   ? torch::kFloat64
                    : view.dtype == DType::kI64 ? torch::kInt64
                                                : torch::kUInt8;
  torch::Tensor tensor = torch::empty(view.shape, type);
  if (tensor.nbytes() != view.bytes.size()) throw std::runtime_error("unexpected tensor type");
  if (!view.bytes.empty()) std::memcpy(tensor.data_ptr(), view.bytes.data(), view.bytes.size());
  return tensor;
}

/// Empty when the reference numbers are not on this machine.
inline ReferenceCases reference_cases(const std::string& file_name) {
  ReferenceCases cases;
  const auto folder = fixtures_folder();
  if (!folder) return cases;
  const auto file = SafetensorsFile::open(*folder / "medcl_maths" / file_name);
  for (const auto& [name, view] : file.tensors()) {
    const auto dot = name.find('.');
    cases[name.substr(0, dot)].fields[name.substr(dot + 1)] = reference_tensor(view);
  }
  return cases;
}

/// Table [m-1, m] of classes, padded with -1.
inline ClassSets class_sets_of(const torch::Tensor& omega, std::int64_t m) {
  ClassSets sets{.m = m};
  const auto table = omega.to(torch::kInt64).contiguous();
  for (std::int64_t t = 0; t < table.size(0); ++t) {
    auto& set = sets.sets.emplace_back();
    for (std::int64_t i = 0; i < table.size(1); ++i) {
      if (const auto value = table[t][i].item<std::int64_t>(); value >= 0) set.push_back(value);
    }
  }
  return sets;
}

constexpr torch::ScalarType kBothPrecisions[] = {torch::kFloat64, torch::kFloat32};

/// float64: largest absolute difference <= 1e-10; float32: relative to max(1, |expected|) <= 1e-5.
inline void expect_matches(const torch::Tensor& actual, const torch::Tensor& expected,
                           const std::string& what, double tolerance_64 = 1e-10,
                           double tolerance_32 = 1e-5) {
  ASSERT_EQ(actual.sizes(), expected.sizes()) << what;
  if (actual.numel() == 0) return;
  const torch::Tensor wanted = expected.to(torch::kFloat64);
  torch::Tensor error = (actual.detach().to(torch::kFloat64) - wanted).abs();
  const bool is_double = actual.scalar_type() == torch::kFloat64;
  if (!is_double) error = error / wanted.abs().clamp_min(1.0);
  EXPECT_LE(error.max().item<double>(), is_double ? tolerance_64 : tolerance_32)
      << what << ", " << c10::toString(actual.scalar_type());
}

/// d loss / d leaf, zeros when the loss does not depend on it.
inline torch::Tensor gradient_of(const torch::Tensor& loss, const torch::Tensor& leaf) {
  const auto gradient = torch::autograd::grad({loss}, {leaf}, {}, /*retain_graph=*/true,
                                              /*create_graph=*/false, /*allow_unused=*/true)[0];
  return gradient.defined() ? gradient : torch::zeros_like(leaf);
}

/// Standard normal float64 numbers.
inline torch::Tensor random_normal(std::vector<std::int64_t> shape, std::uint64_t seed) {
  RandomStream stream({.seed = seed});
  torch::Tensor values = torch::empty(shape, torch::kFloat64);
  double* data = values.data_ptr<double>();
  for (std::int64_t i = 0; i < values.numel(); ++i) data[i] = stream.normal();
  return values;
}

/// Soft annotations [B, K, H, W]: about one pixel in three, weight 0.3 or 1.
inline torch::Tensor random_annotation(const std::vector<std::int64_t>& shape, std::uint64_t seed) {
  RandomStream stream({.seed = seed});
  torch::Tensor target = torch::zeros(shape, torch::kFloat64);
  auto values = target.accessor<double, 4>();
  for (std::int64_t b = 0; b < shape[0]; ++b) {
    for (std::int64_t y = 0; y < shape[2]; ++y) {
      for (std::int64_t x = 0; x < shape[3]; ++x) {
        if (!stream.chance(1.0 / 3)) continue;
        values[b][stream.integer(shape[1])][y][x] = stream.chance(0.5) ? 0.3 : 1.0;
      }
    }
  }
  return target;
}

}  // namespace medcl
