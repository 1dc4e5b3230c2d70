// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/intake/judged_together.h"

#include <algorithm>

namespace medcl {
namespace {

constexpr double kAsThin = 1.25;  // times the widest pen of the strokes

using LabelsOfCases = std::map<std::string, SeenLabels>;

bool are_strokes(const ZeroMeaning& zero) { return !zero.is_empty && zero.zero == Zero::kNotDrawn; }
bool are_masks(const ZeroMeaning& zero) { return !zero.is_empty && zero.zero != Zero::kNotDrawn; }

void judge_thin_files(LabelsOfCases& labels) {
  const auto count = [&](bool (*is)(const ZeroMeaning&)) {
    return std::ranges::count_if(labels, [&](const auto& one) { return is(one.second.zero); });
  };
  if (count(are_strokes) <= count(are_masks)) return;
  double pen_pixels = 0;
  for (const auto& [id, one] : labels) {
    if (are_strokes(one.zero)) pen_pixels = std::max(pen_pixels, one.zero.pen_pixels);
  }
  for (auto& [id, one] : labels) {
    const double own = one.zero.pen_pixels;
    if (!are_masks(one.zero) || own == 0 || own > kAsThin * pen_pixels) continue;
    one.zero.zero = Zero::kNotDrawn;
    one.zero.why = "0 = not annotated: drawn as thinly as the strokes of most files";
  }
}

void judge_empty_files(LabelsOfCases& labels) {
  const bool strokes = std::ranges::any_of(labels, [](const auto& one) {
    return !one.second.zero.is_empty && one.second.zero.zero != Zero::kBackground;
  });
  for (auto& [id, one] : labels) {
    if (!one.zero.is_empty) continue;
    one.zero.zero = strokes ? Zero::kNotDrawn : Zero::kBackground;
    one.zero.why = strokes ? "nothing is drawn: unlabelled" : "nothing but background";
  }
}

}  // namespace

void judge_together(LabelsOfCases& labels) {
  judge_thin_files(labels);
  judge_empty_files(labels);
}

}  // namespace medcl
