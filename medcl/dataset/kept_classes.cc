// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/kept_classes.h"

#include <cstdio>
#include <sstream>

#include "medcl/core/error.h"
#include "medcl/core/finding_groups.h"

namespace medcl {
namespace {

std::vector<bool> classes_of(std::span<const std::uint8_t> slice, std::size_t class_count) {
  std::vector<bool> shown(class_count, false);
  for (const std::uint8_t index : slice) {
    if (index < class_count) shown[index] = true;
  }
  return shown;
}

std::string lost_text(const std::map<std::string, KeptClasses>& by_case, std::size_t index,
                      const std::string& name) {
  KeptSlices total;
  std::vector<std::string> ids;
  for (const auto& [id, classes] : by_case) {
    if (index >= classes.size()) continue;
    total.drawn += classes[index].drawn;
    total.kept += classes[index].kept;
    if (classes[index].kept < classes[index].drawn) ids.push_back(id);
  }
  if (ids.empty()) return "";
  return name + " is lost in " + std::to_string(total.drawn - total.kept) + " of its " +
         std::to_string(total.drawn) + " slices (" + counted_names(ids, "cases") + ")";
}

}  // namespace

KeptClasses count_kept(std::span<const std::uint8_t> drawn, std::int64_t drawn_area,
                       std::span<const std::uint8_t> resampled, std::int64_t resampled_area,
                       std::int64_t class_count) {
  const auto before = static_cast<std::size_t>(drawn_area);
  const auto after = static_cast<std::size_t>(resampled_area);
  const auto classes = static_cast<std::size_t>(class_count);
  check(before > 0 && after > 0 && drawn.size() / before == resampled.size() / after,
        "the same number of slices");
  KeptClasses kept(classes);
  for (std::size_t k = 0; k < drawn.size() / before; ++k) {
    const std::vector<bool> was = classes_of(drawn.subspan(k * before, before), classes);
    const std::vector<bool> is = classes_of(resampled.subspan(k * after, after), classes);
    for (std::size_t c = 0; c < classes; ++c) {
      kept[c].drawn += was[c] ? 1 : 0;
      kept[c].kept += was[c] && is[c] ? 1 : 0;
    }
  }
  return kept;
}

std::string to_text(const KeptClasses& kept) {
  std::string text;
  for (const KeptSlices& one : kept) {
    text += (text.empty() ? "" : " ") + std::to_string(one.kept) + " " + std::to_string(one.drawn);
  }
  return text;
}

std::optional<KeptClasses> kept_from_text(const std::string& text, std::int64_t class_count) {
  std::istringstream words(text);
  KeptClasses kept(static_cast<std::size_t>(class_count));
  for (KeptSlices& one : kept) {
    if (!(words >> one.kept >> one.drawn) || one.kept < 0 || one.kept > one.drawn) {
      return std::nullopt;
    }
  }
  return words.eof() ? std::optional(kept) : std::nullopt;
}

KeptReport describe_kept(const std::map<std::string, KeptClasses>& by_case, const LabelMap& labels,
                         double spacing_mm, const Units& units) {
  char where[64];
  std::snprintf(where, sizeof where, "labels on pixels of %g %s: ", spacing_mm,
                units.length().c_str());
  std::string lost;
  for (std::size_t c = 0; c < labels.classes.size(); ++c) {
    const std::string text = lost_text(by_case, c, labels.classes[c].name);
    if (!text.empty()) lost += (lost.empty() ? "" : "; ") + text;
  }
  if (lost.empty()) {
    return {std::string(where) + "every slice keeps every class that is drawn in it", false};
  }
  return {where + lost + "; a smaller prepare.spacing_mm keeps more", true};
}

}  // namespace medcl
