// SPDX-License-Identifier: Apache-2.0
#pragma once

// From voxels as numbers to labels as integers, piece by piece. Private to volume_io.

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "medcl/core/finding.h"

namespace medcl {

class LabelCollector {
 public:
  /// A voxel is a label when it lies within `tolerance` of an integer of at most 2^24.
  explicit LabelCollector(double tolerance) : tolerance_(tolerance) {}

  /// Appends labels; `expected` voxels come in all.
  void add(std::span<const float> voxels, std::uint64_t expected);

  /// The labels. Rounding is noted in `findings`.
  /// @throws Error(kInvalidData) naming `path` and how many voxels are no labels.
  std::vector<std::int32_t> finish(const std::filesystem::path& path, Findings& findings);

 private:
  bool to_label(float value, std::int32_t& label);

  std::vector<std::int32_t> labels_;
  double tolerance_, deviation_ = 0;
  std::int64_t refused_ = 0;
  float example_ = 0;
};

}  // namespace medcl
