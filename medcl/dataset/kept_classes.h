// SPDX-License-Identifier: Apache-2.0
#pragma once

// How much of what a person drew is left on the pixels that the network sees.

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "medcl/dataset/label_map.h"
#include "medcl/dataset/units.h"

namespace medcl {

/// How one class fared: slices that show it as drawn, and those of them that still do when
/// resampled.
struct KeptSlices {
  std::int64_t drawn = 0, kept = 0;
  bool operator==(const KeptSlices&) const = default;
};
/// How every class fared, by class index.
using KeptClasses = std::vector<KeptSlices>;

/// Compares labels as drawn and as resampled: whole slices of class indices or kNotAnnotated, whose
/// areas are in pixels.
KeptClasses count_kept(std::span<const std::uint8_t> drawn, std::int64_t drawn_area,
                       std::span<const std::uint8_t> resampled, std::int64_t resampled_area,
                       std::int64_t class_count);

std::string to_text(const KeptClasses& kept);
/// The inverse of to_text; nullopt for a text that it has not made of `class_count` classes.
std::optional<KeptClasses> kept_from_text(const std::string& text, std::int64_t class_count);

/// What is left of all labels, in one line for a person: "labels on pixels of 2.7 mm: every slice
/// keeps every class drawn in it", or which classes are lost in how many slices and in which cases.
struct KeptReport {
  std::string line;
  bool lost = false;
};
KeptReport describe_kept(const std::map<std::string, KeptClasses>& by_case, const LabelMap& labels,
                         double spacing_mm, const Units& units = {});

}  // namespace medcl
