// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/categories.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "medcl/core/error.h"
#include "medcl/core/input_file.h"
#include "medcl/dataset/description_file.h"

namespace medcl {
namespace {

constexpr std::size_t kMaxSlices = 65536;

[[noreturn]] void refuse(const std::string& where, const std::string& what,
                         const std::string& expected, const std::string& found) {
  fail(ErrorCode::kInvalidData, {what, where, expected, found, ""});
}

/// Sets the tags of the classes that `names` lists.
void tag(SliceTags& tags, const Json& names, Tag as, const LabelMap& labels,
         const std::string& where) {
  if (!names.is_array()) refuse(where, "wrong type", "a list of class names", names.type_name());
  for (const Json& name : names) {
    const auto index = name.is_string() ? labels.index_of_name(name.get<std::string>())
                                        : std::optional<std::uint8_t>();
    if (!index) refuse(where, "unknown class", "a class of dataset.json", name.dump());
    if (*index == 0 && as == Tag::kAbsent) {
      refuse(where, "the background is always there", "foreground classes", name.dump());
    }
    if (*index != 0 && tags[*index] != Tag::kUnknown && tags[*index] != as) {
      refuse(where, "a class is present and absent", "one of the two", name.dump());
    }
    tags[*index] = as;
  }
}

SliceTags tags_from_json(const Json& json, const LabelMap& labels, const std::string& where) {
  SliceTags tags(labels.classes.size(), Tag::kUnknown);
  tags[0] = Tag::kPresent;
  if (!json.is_object()) {
    tag(tags, json, Tag::kPresent, labels, where);
    std::ranges::replace(tags, Tag::kUnknown, Tag::kAbsent);
    return tags;
  }
  for (const auto& [key, names] : json.items()) {
    if (key != "present" && key != "absent") {
      refuse(where, "unknown key", "present or absent", "\"" + key + "\"");
    }
    tag(tags, names, key == "present" ? Tag::kPresent : Tag::kAbsent, labels, where);
  }
  return tags;
}

Json tags_to_json(const SliceTags& tags, const LabelMap& labels) {
  Json present = Json::array(), absent = Json::array();
  for (std::size_t c = 1; c < labels.classes.size(); ++c) {
    if (tags.at(c) == Tag::kPresent) present.push_back(labels.classes[c].name);
    if (tags.at(c) == Tag::kAbsent) absent.push_back(labels.classes[c].name);
  }
  if (is_complete(tags)) return present;
  return {{"present", present}, {"absent", absent}};
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
    slices[slice] = tags_from_json(names, labels, where + ": slice " + text);
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
      if (slices[k]) listed[std::to_string(k)] = tags_to_json(*slices[k], labels);
    }
    json[id] = listed;
  }
  return json;
}

std::string slices_beyond(const SliceCategories& listed, std::size_t slices) {
  std::string numbers;
  for (std::size_t k = slices; k < listed.size(); ++k) {
    if (listed[k]) numbers += (numbers.empty() ? "" : ", ") + std::to_string(k);
  }
  return numbers;
}

namespace {

std::string names_present(const SliceTags& tags, const LabelMap& labels) {
  std::set<std::string> names;
  for (std::size_t c = 1; c < tags.size(); ++c) {
    if (tags[c] == Tag::kPresent) names.insert(labels.classes[c].name);
  }
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text.empty() ? "background only" : text;
}

bool leaves_out(const SliceTags& listed, const SliceTags& drawn) {
  for (std::size_t c = 1; c < listed.size(); ++c) {
    if (drawn[c] == Tag::kPresent && listed[c] == Tag::kAbsent) return true;
  }
  return false;
}

}  // namespace

std::vector<Problem> contradictions(const SliceCategories& listed, const SliceCategories& drawn,
                                    const LabelMap& labels, const std::string& where) {
  std::vector<Problem> problems;
  for (std::size_t k = 0; k < std::min(listed.size(), drawn.size()); ++k) {
    if (!listed[k] || !drawn[k] || !leaves_out(*listed[k], *drawn[k])) continue;
    problems.push_back({.what = "categories leave out a class that the labels show",
                        .where = where + ", slice " + std::to_string(k),
                        .expected = names_present(*drawn[k], labels),
                        .found = names_present(*listed[k], labels),
                        .remedy = "correct one of the two; slices are counted from 0"});
  }
  return problems;
}

std::vector<Problem> lists_of_no_case(const Categories& categories, const Dataset& dataset) {
  std::vector<Problem> problems;
  for (const auto& [id, slices] : categories) {
    if (dataset.find(id) != nullptr) continue;
    problems.push_back({.what = "categories of a case that does not exist",
                        .where = (dataset.root / "categories.json").string(),
                        .expected = {},
                        .found = id,
                        .remedy = {}});
  }
  return problems;
}

Categories read_categories(const Dataset& dataset) {
  const auto path = dataset.root / "categories.json";
  if (!has_description(path)) return {};
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

SliceTags complete_tags(const std::vector<bool>& present) {
  SliceTags tags(present.size(), Tag::kAbsent);
  for (std::size_t c = 0; c < present.size(); ++c) {
    if (present[c]) tags[c] = Tag::kPresent;
  }
  return tags;
}

bool is_complete(const SliceTags& tags) {
  return std::ranges::find(tags, Tag::kUnknown) == tags.end();
}

SliceCategories categories_from_labels(std::span<const std::uint8_t> class_indices,
                                       const Size3& size, std::int64_t class_count,
                                       bool complete_scribbles) {
  const auto area = static_cast<std::size_t>(size[0] * size[1]);
  const auto depth = static_cast<std::size_t>(size[2]);
  check(class_indices.size() == area * depth, "labels do not fill the given size");
  SliceCategories slices(depth);
  for (std::size_t k = 0; k < depth; ++k) {
    std::vector<bool> drawn(static_cast<std::size_t>(class_count), false);
    std::size_t annotated = 0;
    for (const std::uint8_t index : class_indices.subspan(k * area, area)) {
      if (index == kNotAnnotated) continue;
      check(index < class_count, "class index outside the label map");
      ++annotated;
      drawn[index] = true;
    }
    if (annotated == 0) continue;
    drawn[0] = true;
    SliceTags tags = complete_tags(drawn);
    const bool knows_all = complete_scribbles || annotated == area;
    if (!knows_all) std::ranges::replace(tags, Tag::kAbsent, Tag::kUnknown);
    slices[k] = std::move(tags);
  }
  return slices;
}

std::string open_classes_note(std::int64_t open, std::int64_t scribbled) {
  if (open == 0) return "";
  return "in " + std::to_string(open) + " of " + std::to_string(scribbled) +
         " slices with scribbles a class has no stroke and may be there all the same; if every "
         "class that is there was drawn, write \"scribbles\": \"complete\" into dataset.json, and "
         "if not, name the absent ones in categories.json";
}

SliceCategories merged(const SliceCategories& listed, const SliceCategories& drawn) {
  SliceCategories all = drawn;
  all.resize(std::max(listed.size(), drawn.size()));
  for (std::size_t k = 0; k < listed.size(); ++k) {
    if (!listed[k]) continue;
    if (!all[k]) {
      all[k] = listed[k];
      continue;
    }
    for (std::size_t c = 0; c < listed[k]->size(); ++c) {
      Tag& known = all[k]->at(c);
      if (known != Tag::kPresent && listed[k]->at(c) != Tag::kUnknown) known = listed[k]->at(c);
    }
  }
  return all;
}

}  // namespace medcl
