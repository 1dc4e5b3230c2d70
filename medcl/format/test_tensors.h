// SPDX-License-Identifier: Apache-2.0
#pragma once

// A test tool: comparison of tensors with the list of the reference checkpoints. Header only.

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "medcl/core/sha256.h"
#include "medcl/format/json.h"
#include "medcl/format/safetensors.h"

namespace medcl {

inline float float_of_half(std::uint32_t bits) {
  const std::uint32_t sign = bits >> 15, exponent = bits >> 10 & 31, fraction = bits & 1023;
  const float magnitude = exponent == 31  ? (fraction == 0 ? INFINITY : NAN)
                          : exponent == 0 ? std::ldexp(static_cast<float>(fraction), -24)
                                          : std::ldexp(static_cast<float>(fraction | 1024),
                                                       static_cast<int>(exponent) - 25);
  return sign != 0 ? -magnitude : magnitude;
}

inline float float_of_element(DType dtype, std::uint64_t word) {
  const auto bits = static_cast<std::uint32_t>(word);
  switch (dtype) {
    case DType::kF32:
      return std::bit_cast<float>(bits);
    case DType::kF64:
      return static_cast<float>(std::bit_cast<double>(word));
    case DType::kBF16:
      return std::bit_cast<float>(bits << 16);
    case DType::kF16:
      return float_of_half(bits);
    case DType::kI8:
      return static_cast<float>(static_cast<std::int8_t>(word));
    case DType::kI16:
      return static_cast<float>(static_cast<std::int16_t>(word));
    case DType::kI32:
      return static_cast<float>(static_cast<std::int32_t>(word));
    case DType::kI64:
      return static_cast<float>(static_cast<std::int64_t>(word));
    default:
      return static_cast<float>(word);
  }
}

inline std::vector<float> floats_of(const TensorView& view) {
  std::vector<float> values;
  const std::size_t size = size_of(view.dtype);
  for (std::size_t i = 0; i < view.bytes.size(); i += size) {
    std::uint64_t word = 0;
    std::memcpy(&word, view.bytes.data() + i, size);
    values.push_back(float_of_element(view.dtype, word));
  }
  return values;
}

inline DType dtype_in_the_list(const std::string& name) {
  static const std::map<std::string, DType> kNames = {
      {"float32", DType::kF32},   {"float64", DType::kF64}, {"float16", DType::kF16},
      {"bfloat16", DType::kBF16}, {"int64", DType::kI64},   {"int32", DType::kI32},
      {"int16", DType::kI16},     {"int8", DType::kI8},     {"uint8", DType::kU8},
      {"bool", DType::kBool}};
  return kNames.at(name);
}

/// Names, shapes, types and values (SHA-256 of them as float32) are those of the list.
inline void expect_listed_tensors(const std::map<std::string, TensorView>& tensors,
                                  const Json& list, const std::string& file) {
  EXPECT_EQ(tensors.size(), list.size()) << file;
  for (const auto& [key, expected] : list.items()) {
    ASSERT_EQ(tensors.count(key), 1U) << file << " " << key;
    const TensorView& view = tensors.at(key);
    EXPECT_EQ(view.shape, expected["shape"].get<std::vector<std::int64_t>>()) << file << key;
    EXPECT_EQ(view.dtype, dtype_in_the_list(expected["dtype"])) << file << key;
    const std::vector<float> values = floats_of(view);
    EXPECT_EQ(sha256_hex({reinterpret_cast<const std::uint8_t*>(values.data()), values.size() * 4}),
              expected["sha256_f32"])
        << file << key;
  }
}

}  // namespace medcl
