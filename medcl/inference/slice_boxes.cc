// SPDX-License-Identifier: Apache-2.0
#include "medcl/inference/slice_boxes.h"

#include <algorithm>
#include <cmath>

#include "medcl/core/error.h"
#include "medcl/dataset/categories.h"

namespace medcl {
namespace {

[[noreturn]] void refuse(const std::string& where, const std::string& what,
                         const std::string& expected, const std::string& found) {
  fail(ErrorCode::kInvalidData, {what, where, expected, found, ""});
}

std::string names_of(const LabelMap& map) {
  std::string names;
  for (std::size_t k = 1; k < map.classes.size(); ++k) {
    names += (k > 1 ? ", " : "") + map.classes[k].name;
  }
  return names;
}

SliceBox box_from_json(const Json& json, const Size3& size, const std::string& where) {
  const std::string expected = "[left, top, right, bottom] within 0 0 " + std::to_string(size[0]) +
                               " " + std::to_string(size[1]);
  if (!json.is_array() || json.size() != 4) refuse(where, "no box", expected, json.dump());
  SliceBox box{};
  for (std::size_t side = 0; side < 4; ++side) {
    const auto limit = static_cast<double>(size[side % 2]);
    box[side] = json[side].is_number() ? json[side].get<double>() : -1;
    if (!(box[side] >= 0 && box[side] <= limit)) refuse(where, "no box", expected, json.dump());
  }
  if (!(box[0] < box[2] && box[1] < box[3])) refuse(where, "an empty box", expected, json.dump());
  return box;
}

/// Of all classes together, or of those that are named.
ClassBoxes class_boxes_from_json(const Json& json, const Size3& size, const LabelMap& map,
                                 const std::string& where) {
  ClassBoxes boxes(map.classes.size() - 1);
  if (!json.is_object()) {
    std::ranges::fill(boxes, box_from_json(json, size, where));
    return boxes;
  }
  for (const auto& [name, box] : json.items()) {
    const std::size_t index = map.index_of_name(name).value_or(0);
    if (index == 0) refuse(where, "an unknown class", names_of(map), name);
    boxes[index - 1] = box_from_json(box, size, where + ": " + name);
  }
  return boxes;
}

SliceBox shifted_box(SliceBox box, double share, const Size3& size, RandomStream& random) {
  for (std::size_t side = 0; side < 4; ++side) {
    const auto length = static_cast<double>(size[side % 2]);
    box[side] = std::clamp(box[side] + random.uniform(-share, share) * length, 0.0, length);
  }
  if (box[0] > box[2]) std::swap(box[0], box[2]);
  if (box[1] > box[3]) std::swap(box[1], box[3]);
  return box;
}

/// First and one behind the last pixel of an axis.
std::pair<std::int64_t, std::int64_t> pixels_between(double low, double high, std::int64_t voxels,
                                                     std::int64_t pixels) {
  const double scale = static_cast<double>(pixels) / static_cast<double>(voxels);
  const auto first = std::clamp<std::int64_t>(std::llround(low * scale), 0, pixels - 1);
  const auto last = std::clamp<std::int64_t>(std::llround(high * scale), first + 1, pixels);
  return {first, last};
}

}  // namespace

SliceBoxes boxes_around_classes(std::span<const std::uint8_t> classes, const Size3& size,
                                std::size_t m) {
  SliceBoxes boxes(static_cast<std::size_t>(size[2]), ClassBoxes(m));
  std::size_t voxel = 0;
  for (ClassBoxes& slice : boxes) {
    for (std::int64_t j = 0; j < size[1]; ++j) {
      for (std::int64_t i = 0; i < size[0]; ++i, ++voxel) {
        if (classes[voxel] == 0 || classes[voxel] == kNotAnnotated) continue;
        std::optional<SliceBox>& box = slice.at(classes[voxel] - 1U);
        const auto x = static_cast<double>(i), y = static_cast<double>(j);
        if (!box) box = SliceBox{x, y, x + 1, y + 1};
        *box = {std::min((*box)[0], x), std::min((*box)[1], y), std::max((*box)[2], x + 1),
                std::max((*box)[3], y + 1)};
      }
    }
  }
  return boxes;
}

SliceBoxes boxes_around_labels(const Labels& labels, const LabelMap& map,
                               const std::string& where) {
  return boxes_around_classes(to_class_indices(labels, map, where), labels.geometry.size,
                              map.classes.size() - 1);
}

SliceBoxes boxes_from_json(const Json& json, const std::string& id, const Size3& size,
                           const LabelMap& map, const std::string& where) {
  if (!json.is_object()) refuse(where, "wrong type", "an object", json.type_name());
  const auto found = json.find(id);
  if (found == json.end() || !found->is_object()) {
    refuse(where, "no boxes of a case", "\"" + id + "\": {\"slice\": [left, top, right, bottom]}",
           found == json.end() ? "none" : found->type_name());
  }
  SliceBoxes boxes(static_cast<std::size_t>(size[2]), ClassBoxes(map.classes.size() - 1));
  for (const auto& [text, box] : found->items()) {
    const std::string place = where + ": " + id;
    boxes[slice_from_text(text, boxes.size(), place)] =
        class_boxes_from_json(box, size, map, place + ": slice " + text);
  }
  return boxes;
}

SliceBoxes reordered(const SliceBoxes& boxes, const Size3& size, const AxisOrder& order,
                     const std::string& where) {
  if (order.axis[2] != 2) {
    fail(ErrorCode::kInvalidData,
         {"boxes of slices that the model does not see", where,
          "slices of the plane that the model was trained on", "another plane",
          "store the image with such slices along its third axis, and its boxes with them"});
  }
  SliceBoxes result = boxes;
  if (order.reversed[2]) std::ranges::reverse(result);
  for (ClassBoxes& slice : result) {
    for (auto& box : slice) {
      if (!box) continue;
      const SliceBox stored = *box;
      for (std::size_t n = 0; n < 2; ++n) {
        const std::size_t axis = order.axis[n];
        const auto side = static_cast<double>(size[axis]);
        (*box)[n] = order.reversed[n] ? side - stored[axis + 2] : stored[axis];
        (*box)[n + 2] = order.reversed[n] ? side - stored[axis] : stored[axis + 2];
      }
    }
  }
  return result;
}

SliceBoxes shifted_boxes(const SliceBoxes& boxes, double share, const Size3& size,
                         RandomStream& random) {
  SliceBoxes shifted = boxes;
  for (ClassBoxes& slice : shifted) {
    for (auto& box : slice) {
      if (box) box = shifted_box(*box, share, size, random);
    }
  }
  return shifted;
}

std::optional<PixelBox> pixels_of(const std::optional<SliceBox>& box, const Size3& size,
                                  const PlaneSize& plane) {
  if (!box) return std::nullopt;
  const auto [left, right] = pixels_between((*box)[0], (*box)[2], size[0], plane.width);
  const auto [top, bottom] = pixels_between((*box)[1], (*box)[3], size[1], plane.height);
  return PixelBox{left, top, right, bottom};
}

}  // namespace medcl
