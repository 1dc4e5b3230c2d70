// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>

#include "medcl/core/crc32c.h"
#include "medcl/core/error.h"
#include "medcl/core/input_file.h"
#include "medcl/dataset/dataset.h"
#include "medcl/dataset/scribble.h"

namespace medcl {

namespace {

/// None where no dataset.json lies, or one of another form.
std::optional<LabelMap> map_of_dataset(const std::filesystem::path& root) {
  const std::filesystem::path description = root / "dataset.json";
  if (!is_there(description)) return std::nullopt;
  const Json json = read_json(description);
  try {
    return dataset_from_json(json, description.string()).labels;
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace

Labels simulate_scribbles(const Labels& dense, const LabelMap& map, const ScribbleOptions& options,
                          std::uint32_t case_key, const std::string& where) {
  if (!map.ignore_value) {
    fail(ErrorCode::kInvalidData, {.what = "no value for pixels that are not annotated",
                                   .where = where,
                                   .expected = "\"ignore\" among the labels of dataset.json",
                                   .found = "",
                                   .remedy = ""});
  }
  const std::vector<std::uint8_t> classes = to_class_indices(dense, map, where);
  const PlaneSize plane{dense.geometry.size[0], dense.geometry.size[1]};
  const Point3 spacing = dense.geometry.spacing_mm();
  const auto area = static_cast<std::size_t>(plane.count());
  Labels scribbles = dense;
  for (std::int64_t k = 0; k < dense.geometry.size[2]; ++k) {
    const auto truth = std::span(classes).subspan(static_cast<std::size_t>(k) * area, area);
    const std::vector<std::uint8_t> strokes =
        simulate_scribbles(truth, plane, 0.5 * (spacing[0] + spacing[1]), map.class_count(),
                           options, case_key, static_cast<std::uint32_t>(k));
    std::transform(strokes.begin(), strokes.end(), scribbles.slice(k).begin(),
                   [&](std::uint8_t value) {
                     return value == kNotAnnotated ? *map.ignore_value : map.classes[value].value;
                   });
  }
  return scribbles;
}

LabelMap label_map_of_values(const Labels& dense, const std::string& where) {
  std::set<std::int32_t> values(dense.voxels.begin(), dense.voxels.end());
  values.insert(0);
  constexpr std::size_t kMaxClasses = 254;
  if (*values.begin() < 0 || values.size() > kMaxClasses) {
    fail(ErrorCode::kInvalidData,
         {.what = "these are no class labels",
          .where = where,
          .expected = "0 and at most 253 positive values",
          .found = *values.begin() < 0 ? std::to_string(*values.begin())
                                       : std::to_string(values.size()) + " values",
          .remedy = ""});
  }
  LabelMap map;
  for (const std::int32_t value : values) {
    map.classes.push_back({value == 0 ? "background" : std::to_string(value), value});
  }
  map.ignore_value = *values.rbegin() + 1;
  return map;
}

LabelMap with_ignore(LabelMap map) {
  if (map.ignore_value) return map;
  std::int32_t highest = 0;
  for (const LabelClass& one : map.classes) highest = std::max(highest, one.value);
  map.ignore_value = highest + 1;
  return map;
}

ScribbleLabels labels_for_scribbles(const Labels& dense, const std::filesystem::path& file,
                                    std::optional<std::int32_t> ignore) {
  const std::filesystem::path root = std::filesystem::absolute(file).parent_path().parent_path();
  const std::optional<LabelMap> described = map_of_dataset(root);
  LabelMap map = described ? with_ignore(*described) : label_map_of_values(dense, file.string());
  const std::int32_t usual = map.ignore_value.value();
  if (ignore && (described ? *ignore != usual : *ignore < usual)) {
    fail(ErrorCode::kUsage,
         {.what = "not a value for pixels that nobody drew on",
          .where = "--ignore",
          .expected = described
                          ? std::to_string(usual) + ", after " + (root / "dataset.json").string()
                          : std::to_string(usual) + " or more, above every class of the file",
          .found = std::to_string(*ignore),
          .remedy = ""});
  }
  if (ignore) map.ignore_value = ignore;
  if (described || ignore) return {map, ""};
  return {map, "pixels that nobody drew on are written as " + std::to_string(usual) +
                   ", the highest value of this file + 1; give --ignore when another file may "
                   "hold more classes"};
}

std::uint32_t case_key_of(std::string_view id) {
  const std::vector<std::uint8_t> bytes(id.begin(), id.end());
  return crc32c(bytes);
}

}  // namespace medcl
