// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/label_grid.h"

#include <algorithm>
#include <cmath>

#include "medcl/core/error.h"
#include "medcl/image/axis_order.h"

namespace medcl {
namespace {

Labels by_world(const Labels& labels, const Geometry& image, std::int32_t outside) {
  Labels result{image, {}};
  result.voxels.reserve(static_cast<std::size_t>(image.voxel_count()));
  const Affine labels_from_image =
      compose(inverse(labels.geometry.world_from_index), image.world_from_index);
  const Size3& size = labels.geometry.size;
  for (std::int64_t k = 0; k < image.size[2]; ++k) {
    for (std::int64_t j = 0; j < image.size[1]; ++j) {
      for (std::int64_t i = 0; i < image.size[0]; ++i) {
        const Point3 place =
            medcl::apply(labels_from_image,
                         {static_cast<double>(i), static_cast<double>(j), static_cast<double>(k)});
        Size3 at{};
        bool inside = true;
        for (std::size_t axis = 0; axis < 3; ++axis) {
          at[axis] = std::llround(place[axis]);
          inside = inside && at[axis] >= 0 && at[axis] < size[axis];
        }
        const std::int64_t voxel = (at[2] * size[1] + at[1]) * size[0] + at[0];
        result.voxels.push_back(inside ? labels.voxels[static_cast<std::size_t>(voxel)] : outside);
      }
    }
  }
  return result;
}

}  // namespace

LabelAlignment label_alignment(const std::string& text) {
  return text == "index"   ? LabelAlignment::kIndex
         : text == "world" ? LabelAlignment::kWorld
                           : LabelAlignment::kUndecided;
}

namespace {

/// Labels that lie beside the image would vanish.
void require_overlap(const Labels& labels, const Labels& moved, const std::filesystem::path& path,
                     std::int32_t outside) {
  const auto holds_any = [outside](const Labels& one) {
    return std::ranges::any_of(one.voxels, [&](std::int32_t value) { return value != outside; });
  };
  if (!holds_any(labels) || holds_any(moved)) return;
  fail(ErrorCode::kInvalidData,
       {.what = "in the world the labels lie outside the image",
        .where = path.string(),
        .expected = "labels that overlap the image",
        .found = difference(labels.geometry, moved.geometry),
        .remedy = "if the arrays fit, medcl check --fix --alignment index takes them as they are"});
}

}  // namespace

Labels labels_on_grid(const std::filesystem::path& path, const Geometry& image,
                      LabelAlignment alignment, std::int32_t outside) {
  ReadOptions options;
  if (alignment == LabelAlignment::kIndex) options.assume = "spacing";
  Labels labels = read_labels(path, options).volume;
  const std::string different = difference(labels.geometry, image);
  if (alignment == LabelAlignment::kIndex) {
    if (labels.geometry.size != image.size) {
      fail(ErrorCode::kInvalidData,
           {"labels and image differ in size", path.string(), "", different, ""});
    }
    labels.geometry = image;
    return labels;
  }
  if (bring_onto(image, labels)) return labels;
  if (alignment == LabelAlignment::kWorld) {
    Labels moved = by_world(labels, image, outside);
    require_overlap(labels, moved, path, outside);
    return moved;
  }
  fail(ErrorCode::kInvalidData,
       {"labels lie on another grid than the image", path.string(), "", different, ""});
}

}  // namespace medcl
