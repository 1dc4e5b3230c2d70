// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/intake/doubts.h"

#include <algorithm>

#include "medcl/core/joined.h"

namespace medcl {
namespace {

constexpr std::size_t kMostNamed = 3;
constexpr std::size_t kManyValues = 8;
constexpr double kRare = 0.01;  // of the voxels of the most frequent class
constexpr double kMostAreRare = 0.6;

Finding doubt(const std::string& id, const std::string& what, const std::string& found,
              const std::string& remedy) {
  return {Severity::kWarning, id, {what, "labels", "", found, remedy}, false};
}

/// Files in which 0 was judged by what lies under it, and masks.
void add_different_zeros(const LookedAt& looked, const IntakeOptions& options, Findings& doubts) {
  const bool is_said = options.zero || std::ranges::any_of(options.map, [](const auto& pair) {
                         return pair.starts_with("0=");
                       });
  std::vector<std::string> masks, strokes;
  for (const auto& [id, one] : looked.labels) {
    if (one.zero.is_empty) continue;
    (one.zero.zero == Zero::kNotDrawn ? strokes : masks).push_back(id);
  }
  if (is_said || masks.empty() || strokes.empty()) return;
  doubts.push_back(doubt(
      "zero-differs", "0 means background in some files and nothing in others",
      "masks " + joined_up_to(kMostNamed, masks) + "; strokes " + joined_up_to(kMostNamed, strokes),
      "if all were drawn alike, say so: --zero ignore (strokes) or --zero "
      "background (masks)"));
}

/// Classes that are called after their values, though the user said what values mean.
void add_unmapped(const LookedAt& looked, const IntakeOptions& options, Findings& doubts) {
  if (options.map.empty()) return;
  std::vector<std::string> unmapped;
  for (const auto& [value, count] : voxels_by_value(looked.labels)) {
    const auto index = looked.meaning.labels.index_of_value(looked.meaning.new_from_old.at(value));
    const std::string text = std::to_string(value);
    if (index && looked.meaning.labels.classes[*index].name == "label " + text) {
      unmapped.push_back(text);
    }
  }
  if (unmapped.empty()) return;
  doubts.push_back(doubt("unmapped-values", "values that --map says nothing of are classes",
                         joined_up_to(kMostNamed, unmapped),
                         "name them, or --map " + unmapped.front() +
                             "=background where background was drawn with it"));
}

void add_rare_values(const LookedAt& looked, const IntakePlan& plan, Findings& doubts) {
  const bool are_pictures = std::ranges::any_of(plan.list.sources, [](const Source& one) {
    return one.role == SourceRole::kLabels && one.is_picture();
  });
  std::vector<std::int64_t> counts;
  for (const auto& [value, count] : voxels_by_value(looked.labels)) {
    if (value != 0) counts.push_back(count);
  }
  if (!are_pictures || counts.size() < kManyValues) return;
  const double most = static_cast<double>(std::ranges::max(counts));
  const auto rare = std::ranges::count_if(
      counts, [&](std::int64_t count) { return static_cast<double>(count) < kRare * most; });
  if (static_cast<double>(rare) < kMostAreRare * static_cast<double>(counts.size())) return;
  doubts.push_back(doubt("rare-values", "most classes have next to no pixels: smoothed edges?",
                         std::to_string(rare) + " of " + std::to_string(counts.size()) +
                             " classes with less than 1 % of the pixels of the largest",
                         "export masks without smoothing (nearest neighbour, no antialiasing)"));
}

}  // namespace

Findings label_doubts(const LookedAt& looked, const IntakePlan& plan,
                      const IntakeOptions& options) {
  Findings doubts;
  add_different_zeros(looked, options, doubts);
  add_unmapped(looked, options, doubts);
  add_rare_values(looked, plan, doubts);
  return doubts;
}

}  // namespace medcl
