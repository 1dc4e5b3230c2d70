// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/categories.h"

#include <algorithm>
#include <charconv>

#include "medcl/core/error.h"
#include "medcl/core/input_file.h"

namespace medcl {
namespace {

constexpr std::size_t kMaxSlices = 65536;

[[noreturn]] void refuse(const std::string& where, const std::string& what,
                         const std::string& expected, const std::string& found) {
  fail(ErrorCode::kInvalidData, {what, where, expected, found, ""});
}

std::vector<bool> flags_from_json(const Json& names, const LabelMap& labels,
                                  const std::string& where) {
  if (!names.is_array()) refuse(where, "wrong type", "a list of class names", names.type_name());
  std::vector<bool> flags(labels.classes.size(), false);
  flags[0] = true;
  for (const Json& name : names) {
    const auto index = name.is_string() ? labels.index_of_name(name.get<std::string>())
                                        : std::optional<std::uint8_t>();
    if (!index) refuse(where, "unknown class", "a class of dataset.json", name.dump());
    flags[*index] = true;
  }
  return flags;
}

SliceCategories slices_from_json(const Json& json, const LabelMap& labels,
                                 const std::string& where) {
  if (!json.is_object()) {
    refuse(where, "wrong type", "an object {slice: [names]}", json.type_name());
  }
  SliceCategories slices;
  for (const auto& [text, names] : json.items()) {
    const std::size_t slice = slice_from_text(text, kMaxSlices, where);
    if (slice >= slices.size()) slices.resize(slice + 1);
    slices[slice] = flags_from_json(names, labels, where + ": slice " + text);
  }
  return slices;
}

}  // namespace

std::size_t slice_from_text(const std::string& text, std::size_t slices, const std::string& where) {
  std::size_t slice = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), slice);
  if (error != std::errc() || end != text.data() + text.size() || slice >= slices) {
    refuse(where, "slice is not an index", "0.." + std::to_string(slices - 1), "\"" + text + "\"");
  }
  return slice;
}

Categories categories_from_json(const Json& json, const LabelMap& labels,
                                const std::string& where) {
  if (!json.is_object()) refuse(where, "wrong type", "an object", json.type_name());
  Categories categories;
  for (const auto& [id, slices] : json.items()) {
    categories[id] = slices_from_json(slices, labels, where + ": " + id);
  }
  return categories;
}

Json categories_to_json(const Categories& categories, const LabelMap& labels) {
  Json json = Json::object();
  for (const auto& [id, slices] : categories) {
    Json listed = Json::object();
    for (std::size_t k = 0; k < slices.size(); ++k) {
      if (!slices[k]) continue;
      Json names = Json::array();
      for (std::size_t c = 1; c < labels.classes.size(); ++c) {
        if (slices[k]->at(c)) names.push_back(labels.classes[c].name);
      }
      listed[std::to_string(k)] = names;
    }
    json[id] = listed;
  }
  return json;
}

Categories read_categories(const Dataset& dataset) {
  const auto path = dataset.root / "categories.json";
  if (!is_there(path)) return {};
  return categories_from_json(read_json(path), dataset.labels, path.string());
}

void write_categories(const Dataset& dataset, const Categories& categories) {
  write_json(dataset.root / "categories.json", categories_to_json(categories, dataset.labels));
}

SliceCategories reordered(SliceCategories slices, std::int64_t depth, const AxisOrder& order) {
  if (order.axis[2] != 2) return {};
  slices.resize(static_cast<std::size_t>(depth));
  if (order.reversed[2]) std::ranges::reverse(slices);
  return slices;
}

SliceCategories categories_from_labels(std::span<const std::uint8_t> class_indices,
                                       const Size3& size, std::int64_t class_count) {
  const auto area = static_cast<std::size_t>(size[0] * size[1]);
  const auto depth = static_cast<std::size_t>(size[2]);
  check(class_indices.size() == area * depth, "labels do not fill the given size");
  SliceCategories slices(depth);
  for (std::size_t k = 0; k < depth; ++k) {
    std::vector<bool> flags(static_cast<std::size_t>(class_count), false);
    bool annotated = false;
    for (const std::uint8_t index : class_indices.subspan(k * area, area)) {
      if (index == kNotAnnotated) continue;
      check(index < class_count, "class index outside the label map");
      annotated = true;
      flags[index] = true;
    }
    if (!annotated) continue;
    flags[0] = true;
    slices[k] = std::move(flags);
  }
  return slices;
}

}  // namespace medcl
