// SPDX-License-Identifier: Apache-2.0
#pragma once

// For tests only: folders that vanish, made-up geometries, numbers out of fixtures.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "medcl/core/error.h"
#include "medcl/core/random.h"
#include "medcl/format/safetensors.h"
#include "medcl/image/axis_order.h"

namespace medcl::testing {

/// A new folder named after the running test, removed at the end.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "medcl_test_XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

inline void write_text(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

/// The message of the Error that `work` throws; fails the test when it throws none of `code`.
template <typename Work>
std::string message_of(ErrorCode code, const Work& work) {
  try {
    work();
  } catch (const Error& error) {
    EXPECT_EQ(static_cast<int>(error.code()), static_cast<int>(code)) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "no error was thrown";
  return "";
}

/// Random rotation (possibly mirrored) times random spacing, plus a random origin.
inline Geometry random_geometry(RandomStream& random) {
  double w = random.normal(), x = random.normal(), y = random.normal(), z = random.normal();
  const double length = std::sqrt(w * w + x * x + y * y + z * z);
  w /= length, x /= length, y /= length, z /= length;
  const double r[3][3] = {{1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)},
                          {2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)},
                          {2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)}};
  Geometry geometry;
  const double mirror = random.chance(0.5) ? -1 : 1;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    geometry.size[axis] = 1 + random.integer(6);
    const double spacing = random.uniform(0.3, 6) * (axis == 2 ? mirror : 1);
    for (std::size_t row = 0; row < 3; ++row) {
      geometry.world_from_index[row][axis] = r[row][axis] * spacing;
    }
    geometry.world_from_index[axis][3] = random.uniform(-300, 300);
  }
  return geometry;
}

/// The 48 ways to store one array.
inline std::vector<AxisOrder> all_axis_orders() {
  std::vector<AxisOrder> orders;
  std::array<std::size_t, 3> axis{0, 1, 2};
  do {
    for (unsigned flips = 0; flips < 8; ++flips) {
      orders.push_back({axis, {(flips & 1) != 0, (flips & 2) != 0, (flips & 4) != 0}});
    }
  } while (std::next_permutation(axis.begin(), axis.end()));
  return orders;
}

inline double largest_difference(const Affine& a, const Affine& b) {
  double largest = 0;
  for (std::size_t row = 0; row < 3; ++row) {
    for (std::size_t column = 0; column < 4; ++column) {
      largest = std::max(largest, std::abs(a[row][column] - b[row][column]));
    }
  }
  return largest;
}

/// F64 or I64 tensor as doubles.
inline std::vector<double> doubles_of(const TensorView& tensor) {
  std::vector<double> values(tensor.bytes.size() / 8);
  if (tensor.dtype == DType::kI64) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      std::int64_t integer = 0;
      std::memcpy(&integer, tensor.bytes.data() + 8 * i, 8);
      values[i] = static_cast<double>(integer);
    }
  } else {
    EXPECT_EQ(name_of(tensor.dtype), "F64");
    std::memcpy(values.data(), tensor.bytes.data(), 8 * values.size());
  }
  return values;
}

}  // namespace medcl::testing
