// SPDX-License-Identifier: Apache-2.0
#include "medcl/evaluation/surface_distance.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "medcl/core/error.h"
#include "medcl/core/percentile.h"
#include "medcl/image/distance_transform.h"

namespace medcl {
namespace {

constexpr double kRoundingMm = 1e-9;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

using Mask = std::vector<std::uint8_t>;

struct Box {
  Size3 begin{0, 0, 0}, end{0, 0, 0};  ///< end is one behind
  [[nodiscard]] Size3 size() const {
    return {end[0] - begin[0], end[1] - begin[1], end[2] - begin[2]};
  }
};

Box joint_box(const MaskPair& masks) {
  Box box{.begin = masks.size, .end = {0, 0, 0}};
  std::size_t voxel = 0;
  for (std::int64_t k = 0; k < masks.size[2]; ++k) {
    for (std::int64_t j = 0; j < masks.size[1]; ++j) {
      for (std::int64_t i = 0; i < masks.size[0]; ++i, ++voxel) {
        if (masks.pred[voxel] != 0 || masks.ref[voxel] != 0) {
          const Size3 at{i, j, k};
          for (std::size_t axis = 0; axis < 3; ++axis) {
            box.begin[axis] = std::min(box.begin[axis], at[axis]);
            box.end[axis] = std::max(box.end[axis], at[axis] + 1);
          }
        }
      }
    }
  }
  return box.end[0] == 0 ? Box{.begin = {0, 0, 0}, .end = {1, 1, 1}} : box;
}

/// Layers of background that go around a mask: none across a picture.
Size3 margins_of(const Size3& size) {
  Size3 margin{1, 1, 1};
  if (std::ranges::count(size, 1) == 1) {
    margin[static_cast<std::size_t>(std::ranges::find(size, 1) - size.begin())] = 0;
  }
  return margin;
}

Size3 sum_of(const Size3& a, const Size3& b) { return {a[0] + b[0], a[1] + b[1], a[2] + b[2]}; }

/// Both masks inside the smallest box around them, with a margin of background.
struct PaddedPair {
  explicit PaddedPair(const MaskPair& masks)
      : margin(margins_of(masks.size)), box(joint_box(masks)) {
    size = sum_of(box.size(), sum_of(margin, margin));
    pred = padded(masks.pred, masks.size);
    ref = padded(masks.ref, masks.size);
  }

  Size3 margin;
  Box box;
  Size3 size{};
  Mask pred, ref;

 private:
  [[nodiscard]] Mask padded(std::span<const std::uint8_t> mask, const Size3& from_size) const {
    const Size3 inner = box.size();
    Mask result(static_cast<std::size_t>(size[0] * size[1] * size[2]), 0);
    for (std::int64_t k = 0; k < inner[2]; ++k) {
      for (std::int64_t j = 0; j < inner[1]; ++j) {
        const std::int64_t from =
            ((box.begin[2] + k) * from_size[1] + box.begin[1] + j) * from_size[0] + box.begin[0];
        const std::int64_t to = ((k + margin[2]) * size[1] + j + margin[1]) * size[0] + margin[0];
        for (std::int64_t i = 0; i < inner[0]; ++i) {
          result[static_cast<std::size_t>(to + i)] = mask[static_cast<std::size_t>(from + i)] != 0;
        }
      }
    }
    return result;
  }
};

/// Steps in memory to the next voxel along each axis; 0 along an axis without margin.
std::array<std::size_t, 3> steps_of(const Size3& size, const Size3& margin) {
  return {static_cast<std::size_t>(margin[0]), static_cast<std::size_t>(margin[1] * size[0]),
          static_cast<std::size_t>(margin[2] * size[0] * size[1])};
}

/// Foreground with a face neighbour in the background, along the axes that have a margin.
Mask surface_voxels(const Mask& mask, const Size3& size, const Size3& margin) {
  Mask surface(mask.size(), 0);
  const auto step = steps_of(size, margin);
  for (std::size_t at = 0; at < mask.size(); ++at) {
    if (mask[at] == 0) continue;
    surface[at] = std::ranges::any_of(
        step, [&](std::size_t n) { return mask[at - n] == 0 || mask[at + n] == 0; });
  }
  return surface;
}

std::vector<double> values_at(const std::vector<double>& field, const Mask& where) {
  std::vector<double> values;
  for (std::size_t at = 0; at < where.size(); ++at) {
    if (where[at] != 0) {
      values.push_back(field[at]);
    }
  }
  return values;
}

double sum(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

double mean(const std::vector<double>& values) {
  return sum(values) / static_cast<double>(values.size());
}

double largest(const std::vector<double>& values) {
  return *std::max_element(values.begin(), values.end());
}

/// Which of the 256 cells lies at each corner where eight voxels meet; where the masks have no
/// margin, the voxels are taken twice. There is one corner less than voxels along the other axes.
std::vector<std::uint8_t> cell_codes(const Mask& mask, const Size3& size, const Size3& margin) {
  std::vector<std::uint8_t> codes;
  const auto [i_step, j_step, k_step] = steps_of(size, margin);
  for (std::int64_t k = 0; k < size[2] - margin[2]; ++k) {
    for (std::int64_t j = 0; j < size[1] - margin[1]; ++j) {
      const std::uint8_t* at = mask.data() + static_cast<std::size_t>((k * size[1] + j) * size[0]);
      for (std::int64_t i = 0; i < size[0] - margin[0]; ++i, ++at) {
        codes.push_back(static_cast<std::uint8_t>(
            at[0] | at[i_step] << 1 | at[j_step] << 2 | at[j_step + i_step] << 3 | at[k_step] << 4 |
            at[k_step + i_step] << 5 | at[k_step + j_step] << 6 |
            at[k_step + j_step + i_step] << 7));
      }
    }
  }
  return codes;
}

Mask surface_cells(const std::vector<std::uint8_t>& codes) {
  Mask surface(codes.size());
  std::transform(codes.begin(), codes.end(), surface.begin(),
                 [](std::uint8_t code) { return code != 0 && code != 255; });
  return surface;
}

SurfaceElements elements_of(const std::vector<std::uint8_t>& codes, const Mask& surface,
                            const std::vector<double>& distance_mm,
                            const std::array<double, 256>& areas_mm2) {
  std::vector<std::pair<double, double>> sorted;
  for (std::size_t at = 0; at < codes.size(); ++at) {
    if (surface[at] != 0) {
      sorted.emplace_back(distance_mm[at], areas_mm2[codes[at]]);
    }
  }
  std::sort(sorted.begin(), sorted.end());
  SurfaceElements elements;
  for (const auto& [distance, area] : sorted) {
    elements.distance_mm.push_back(distance);
    elements.area_mm2.push_back(area);
  }
  return elements;
}

double area_within(const SurfaceElements& elements, double tolerance_mm) {
  double area = 0;
  for (std::size_t at = 0; at < elements.area_mm2.size(); ++at) {
    area += elements.distance_mm[at] <= tolerance_mm + kRoundingMm ? elements.area_mm2[at] : 0;
  }
  return area;
}

double directed_hd_mm(const SurfaceElements& elements, double percent) {
  if (elements.area_mm2.empty()) {
    return kInfinity;
  }
  const double total = sum(elements.area_mm2);
  double seen = 0;
  for (std::size_t at = 0; at < elements.area_mm2.size(); ++at) {
    seen += elements.area_mm2[at];
    if (seen / total >= percent / 100) {
      return elements.distance_mm[at];
    }
  }
  return elements.distance_mm.back();
}

double weighted_mean(const SurfaceElements& elements) {
  if (elements.area_mm2.empty()) {
    return kNan;
  }
  return std::inner_product(elements.distance_mm.begin(), elements.distance_mm.end(),
                            elements.area_mm2.begin(), 0.0) /
         sum(elements.area_mm2);
}

void check_pair(const MaskPair& masks) {
  const auto count = static_cast<std::size_t>(masks.size[0] * masks.size[1] * masks.size[2]);
  check(masks.pred.size() == count && masks.ref.size() == count,
        "surface distance: masks do not fit the size");
}

}  // namespace

std::int64_t surface_dimensions(const Size3& size) {
  const Size3 margin = margins_of(size);
  return margin[0] + margin[1] + margin[2];
}

VoxelSurfaceDistances voxel_surface_distances(const MaskPair& masks) {
  check_pair(masks);
  const PaddedPair pair(masks);
  const Mask pred = surface_voxels(pair.pred, pair.size, pair.margin);
  const Mask ref = surface_voxels(pair.ref, pair.size, pair.margin);
  VoxelSurfaceDistances distances;
  distances.pred_to_ref_mm =
      values_at(distance_transform_mm(ref, pair.size, masks.spacing_mm), pred);
  distances.ref_to_pred_mm =
      values_at(distance_transform_mm(pred, pair.size, masks.spacing_mm), ref);
  check(!distances.pred_to_ref_mm.empty() && !distances.ref_to_pred_mm.empty(),
        "surface distance of an empty mask");
  return distances;
}

double VoxelSurfaceDistances::hd_mm() const {
  return std::max(largest(pred_to_ref_mm), largest(ref_to_pred_mm));
}

double VoxelSurfaceDistances::hd95_pooled_mm() const {
  std::vector<double> pooled = pred_to_ref_mm;
  pooled.insert(pooled.end(), ref_to_pred_mm.begin(), ref_to_pred_mm.end());
  return percentile(std::move(pooled), 95);
}

double VoxelSurfaceDistances::hd95_max_mm() const {
  return std::max(percentile(pred_to_ref_mm, 95), percentile(ref_to_pred_mm, 95));
}

double VoxelSurfaceDistances::asd_pred_to_ref_mm() const { return mean(pred_to_ref_mm); }
double VoxelSurfaceDistances::asd_ref_to_pred_mm() const { return mean(ref_to_pred_mm); }
double VoxelSurfaceDistances::assd_mm() const {
  return (sum(pred_to_ref_mm) + sum(ref_to_pred_mm)) /
         static_cast<double>(pred_to_ref_mm.size() + ref_to_pred_mm.size());
}

ElementSurfaceDistances element_surface_distances(const MaskPair& masks) {
  check_pair(masks);
  const PaddedPair pair(masks);
  Size3 corners = pair.size;
  Point3 cell_mm = masks.spacing_mm;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    corners[axis] -= pair.margin[axis];
    if (pair.margin[axis] == 0) cell_mm[axis] = 1;  // areas are lengths of contours then
  }
  const auto pred_codes = cell_codes(pair.pred, pair.size, pair.margin);
  const auto ref_codes = cell_codes(pair.ref, pair.size, pair.margin);
  const Mask pred = surface_cells(pred_codes), ref = surface_cells(ref_codes);
  const auto areas_mm2 = surface_element_areas_mm2(cell_mm);
  return {.pred = elements_of(pred_codes, pred,
                              distance_transform_mm(ref, corners, masks.spacing_mm), areas_mm2),
          .ref = elements_of(ref_codes, ref, distance_transform_mm(pred, corners, masks.spacing_mm),
                             areas_mm2)};
}

double ElementSurfaceDistances::surface_dice(double tolerance_mm) const {
  const double total = sum(pred.area_mm2) + sum(ref.area_mm2);
  return total > 0 ? (area_within(pred, tolerance_mm) + area_within(ref, tolerance_mm)) / total
                   : kNan;
}

double ElementSurfaceDistances::robust_hd_mm(double percent) const {
  return std::max(directed_hd_mm(pred, percent), directed_hd_mm(ref, percent));
}

double ElementSurfaceDistances::asd_pred_to_ref_mm() const { return weighted_mean(pred); }
double ElementSurfaceDistances::asd_ref_to_pred_mm() const { return weighted_mean(ref); }

}  // namespace medcl
