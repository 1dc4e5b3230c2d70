// SPDX-License-Identifier: Apache-2.0
#pragma once

// Labels are names. A label map gives each class its value in the files and its index in the
// network: index 0 is background, 1..m are the foreground classes in the order of the file.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "medcl/format/json.h"
#include "medcl/image/volume.h"

namespace medcl {

/// The class index, in prepared label planes, of a pixel that nobody annotated.
inline constexpr std::uint8_t kNotAnnotated = 255;

struct LabelClass {
  std::string name;
  std::int32_t value = 0;
};

/// Which values of "ignore" are taken. Files with another than the highest + 1 can be relabelled,
/// not used.
enum class IgnoreRule { kHighestPlusOne, kAnyFreeValue };

struct LabelMap {
  std::vector<LabelClass> classes;           ///< [0] is background
  std::optional<std::int32_t> ignore_value;  ///< nnU-Net: highest + 1; pixels that nobody annotated

  [[nodiscard]] std::int64_t class_count() const {
    return static_cast<std::int64_t>(classes.size());
  }                                                                                  ///< m + 1
  [[nodiscard]] std::int64_t foreground_count() const { return class_count() - 1; }  ///< m
  [[nodiscard]] std::optional<std::uint8_t> index_of_value(std::int32_t value) const;
  [[nodiscard]] std::optional<std::uint8_t> index_of_name(const std::string& name) const;

  /// nnU-Net v2's `labels` object ("ignore" included); order kept.
  [[nodiscard]] Json to_json() const;
  /// Reads such an object. @throws Error(kInvalidData) no background, not an integer, duplicates,
  /// wrong ignore value.
  static LabelMap from_json(const Json& labels, const std::string& where,
                            IgnoreRule rule = IgnoreRule::kHighestPlusOne);
};

/// The labels as class indices, kNotAnnotated for the ignore value.
/// @throws Error(kInvalidData) naming values outside the map and their voxel counts.
std::vector<std::uint8_t> to_class_indices(const Labels& labels, const LabelMap& map,
                                           const std::string& where);

}  // namespace medcl
