// SPDX-License-Identifier: Apache-2.0
#include "medcl/evaluation/surface_distance.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <map>

#include "medcl/core/test_paths.h"
#include "medcl/evaluation/overlap.h"
#include "medcl/format/json.h"
#include "medcl/image/distance_transform.h"
#include "medcl/image/test_support.h"

namespace medcl {
namespace {

using Mask = std::vector<std::uint8_t>;

constexpr double kTolerance = 1e-9;

struct Row {
  Mask pred, ref;
  MaskPair masks;
  std::map<std::string, double> expected;
  std::string name;

  /// One slice, whose surfaces are contours: tabled with measures of pictures, "medpy2d_...".
  [[nodiscard]] bool is_picture() const { return surface_dimensions(masks.size) == 2; }
};

/// The rows of the reference table; empty when the fixtures are absent.
std::vector<Row> reference_rows() {
  const auto folder = fixtures_folder();
  if (!folder) {
    return {};
  }
  const auto file = SafetensorsFile::open(*folder / "metrics" / "masks_metrics.safetensors");
  const Json config = parse_json(file.metadata().at("config"), "config");
  const auto columns = config.at("columns").get<std::vector<std::string>>();
  const TensorView& table = file.at("values");
  const std::vector<double> values = testing::doubles_of(table);
  std::vector<Row> rows(static_cast<std::size_t>(table.shape[0]));
  for (std::size_t r = 0; r < rows.size(); ++r) {
    Row& row = rows[r];
    for (std::size_t c = 0; c < columns.size(); ++c) {
      row.expected[columns[c]] = values[r * columns.size() + c];
    }
    char id[16];
    std::snprintf(id, sizeof id, "case_%03d", static_cast<int>(row.expected.at("case")));
    row.name = std::string(id) + " label " + std::to_string(int(row.expected.at("label")));
    const TensorView &pred = file.at(std::string(id) + ".pred"),
                     &ref = file.at(std::string(id) + ".gt");
    const auto label = static_cast<std::uint8_t>(row.expected.at("label"));
    for (const std::uint8_t v : pred.bytes) row.pred.push_back(v == label);
    for (const std::uint8_t v : ref.bytes) row.ref.push_back(v == label);
    row.masks.size = {pred.shape[2], pred.shape[1], pred.shape[0]};
    row.masks.spacing_mm = {row.expected.at("spacing_w"), row.expected.at("spacing_h"),
                            row.expected.at("spacing_d")};
  }
  for (Row& row : rows) {
    row.masks.pred = row.pred;
    row.masks.ref = row.ref;
  }
  return rows;
}

void expect_close(double found, double expected, const std::string& what) {
  if (std::isfinite(expected)) {
    EXPECT_NEAR(found, expected, kTolerance) << what;
  } else {
    EXPECT_TRUE(std::isnan(expected) ? std::isnan(found) : found == expected)
        << what << ": " << found << " instead of " << expected;
  }
}

Mask random_mask(RandomStream& random, const Size3& size, double density) {
  Mask mask(static_cast<std::size_t>(size[0] * size[1] * size[2]));
  for (auto& voxel : mask) {
    voxel = random.chance(density);
  }
  return mask;
}

TEST(DistanceTransform, AgreesWithTryingAllPairs) {
  RandomStream random({.seed = 1});
  for (int trial = 0; trial < 100; ++trial) {
    const Size3 size{1 + random.integer(9), 1 + random.integer(8), 1 + random.integer(6)};
    const Point3 spacing{random.uniform(0.1, 5), random.uniform(0.1, 5), random.uniform(0.1, 5)};
    const Mask mask = random_mask(random, size, random.uniform(0, 0.3));
    const auto found = distance_transform_mm(mask, size, spacing);
    for (std::int64_t at = 0; at < static_cast<std::int64_t>(mask.size()); ++at) {
      double nearest = std::numeric_limits<double>::infinity();
      for (std::int64_t to = 0; to < static_cast<std::int64_t>(mask.size()); ++to) {
        if (mask[static_cast<std::size_t>(to)] != 0) {
          nearest = std::min(
              nearest,
              std::hypot(spacing[0] * double(at % size[0] - to % size[0]),
                         spacing[1] * double(at / size[0] % size[1] - to / size[0] % size[1]),
                         spacing[2] * double(at / size[0] / size[1] - to / size[0] / size[1])));
        }
      }
      if (std::isinf(nearest)) {
        EXPECT_TRUE(std::isinf(found[static_cast<std::size_t>(at)]));
      } else {
        EXPECT_NEAR(found[static_cast<std::size_t>(at)], nearest, 1e-10);
      }
    }
  }
}

TEST(Overlap, AgreesWithTheReferenceNumbers) {
  const auto rows = reference_rows();
  if (rows.empty()) {
    GTEST_SKIP() << "no fixtures";
  }
  for (const Row& row : rows) {
    Overlap overlap;
    for (std::size_t at = 0; at < row.pred.size(); ++at) {
      overlap.add(row.pred[at] != 0, row.ref[at] != 0);
    }
    EXPECT_EQ(static_cast<double>(overlap.n_pred), row.expected.at("n_pred")) << row.name;
    EXPECT_EQ(static_cast<double>(overlap.n_ref), row.expected.at("n_gt")) << row.name;
    EXPECT_EQ(static_cast<double>(overlap.n_inter), row.expected.at("n_inter")) << row.name;
    expect_close(overlap.dice(EmptyPolicy::kNan), row.expected.at("deepmind_dice"), row.name);
    EXPECT_EQ(overlap.true_positives() + overlap.false_positives() + overlap.false_negatives() +
                  overlap.true_negatives(),
              static_cast<std::int64_t>(row.pred.size()));
  }
}

TEST(VoxelSurface, AgreesWithMedPy) {
  const auto rows = reference_rows();
  if (rows.empty()) {
    GTEST_SKIP() << "no fixtures";
  }
  for (const Row& row : rows) {
    if (row.expected.at("n_pred") == 0 || row.expected.at("n_gt") == 0) {
      EXPECT_THROW(voxel_surface_distances(row.masks), Error) << row.name;
      continue;
    }
    const VoxelSurfaceDistances found = voxel_surface_distances(row.masks);
    const std::string medpy = row.is_picture() ? "medpy2d_" : "medpy_";
    expect_close(found.hd_mm(), row.expected.at(medpy + "hd"), row.name + " hd");
    expect_close(found.hd95_pooled_mm(), row.expected.at(medpy + "hd95"), row.name + " hd95");
    expect_close(found.assd_mm(), row.expected.at(medpy + "assd"), row.name + " assd");
    if (row.is_picture()) continue;  // one-sided distances are tabled in 3-D only
    expect_close(found.asd_pred_to_ref_mm(), row.expected.at("medpy_asd_pred_to_gt"), row.name);
    expect_close(found.asd_ref_to_pred_mm(), row.expected.at("medpy_asd_gt_to_pred"), row.name);
  }
}

TEST(ElementSurface, AgreesWithDeepMind) {
  const auto rows = reference_rows();
  if (rows.empty()) {
    GTEST_SKIP() << "no fixtures";
  }
  for (const Row& row : rows) {
    const ElementSurfaceDistances found = element_surface_distances(row.masks);
    const auto& expected = row.expected;
    const std::string deepmind = row.is_picture() ? "deepmind2d_" : "deepmind_";
    expect_close(found.surface_dice(1), expected.at(deepmind + "surface_dice_1mm"), row.name);
    expect_close(found.surface_dice(2), expected.at(deepmind + "surface_dice_2mm"), row.name);
    expect_close(found.robust_hd_mm(95), expected.at(deepmind + "hd95"), row.name);
    expect_close(found.robust_hd_mm(100), expected.at(deepmind + "hd100"), row.name);
    if (row.is_picture()) continue;
    expect_close(found.asd_pred_to_ref_mm(), expected.at("deepmind_asd_pred_to_gt"), row.name);
    expect_close(found.asd_ref_to_pred_mm(), expected.at("deepmind_asd_gt_to_pred"), row.name);
  }
}

TEST(VoxelSurface, TwoVoxelsAreAsFarApartAsTheirCentres) {
  Mask pred(5 * 4 * 3, 0), ref = pred;
  pred[0] = 1;
  ref[(2 * 4 + 3) * 5 + 4] = 1;
  const MaskPair masks{.pred = pred, .ref = ref, .size = {5, 4, 3}, .spacing_mm = {1, 2, 5}};
  const double expected = std::hypot(4, 6, 10);
  const VoxelSurfaceDistances found = voxel_surface_distances(masks);
  for (const double value :
       {found.hd_mm(), found.hd95_pooled_mm(), found.hd95_max_mm(), found.assd_mm()}) {
    EXPECT_NEAR(value, expected, 1e-12);
  }
}

TEST(VoxelSurface, Hd95OfEachDirectionBoundsThePooledOne) {
  RandomStream random({.seed = 2});
  for (int trial = 0; trial < 50; ++trial) {
    const Size3 size{12, 10, 5};
    const Mask pred = random_mask(random, size, 0.2), ref = random_mask(random, size, 0.05);
    const VoxelSurfaceDistances found = voxel_surface_distances(
        {.pred = pred, .ref = ref, .size = size, .spacing_mm = {0.7, 0.7, 5}});
    EXPECT_LE(found.hd95_pooled_mm(), found.hd95_max_mm() + 1e-12);
    EXPECT_LE(found.hd95_max_mm(), found.hd_mm() + 1e-12);
    EXPECT_LE(found.assd_mm(), found.hd_mm() + 1e-12);
  }
}

TEST(SurfaceDistance, SwappingTheMasksSwapsTheDirections) {
  RandomStream random({.seed = 3});
  for (int trial = 0; trial < 20; ++trial) {
    const Size3 size{9, 8, 4};
    const Point3 spacing{1.1, 0.6, 3};
    const Mask a = random_mask(random, size, 0.3), b = random_mask(random, size, 0.1);
    const MaskPair ab{.pred = a, .ref = b, .size = size, .spacing_mm = spacing};
    const MaskPair ba{.pred = b, .ref = a, .size = size, .spacing_mm = spacing};
    const auto voxels = voxel_surface_distances(ab), swapped = voxel_surface_distances(ba);
    EXPECT_EQ(voxels.pred_to_ref_mm, swapped.ref_to_pred_mm);
    EXPECT_NEAR(element_surface_distances(ab).surface_dice(1),
                element_surface_distances(ba).surface_dice(1), 1e-12);
  }
}

TEST(SurfaceElementArea, IsThatOfPlanesAndComplements) {
  const Point3 spacing{0.5, 2, 3};
  const auto areas = surface_element_areas_mm2(spacing);
  EXPECT_EQ(areas[0], 0);
  EXPECT_EQ(areas[255], 0);
  EXPECT_NEAR(areas[0b01010101], spacing[1] * spacing[2], 1e-12) << "half filled along i";
  EXPECT_NEAR(areas[0b00110011], spacing[0] * spacing[2], 1e-12) << "half filled along j";
  EXPECT_NEAR(areas[0b00001111], spacing[0] * spacing[1], 1e-12) << "half filled along k";
  // One corner: a triangle through the middles of three edges.
  const double corner =
      std::hypot(spacing[0] * spacing[1], spacing[1] * spacing[2], spacing[0] * spacing[2]) / 8;
  for (unsigned bit = 0; bit < 8; ++bit) {
    EXPECT_NEAR(areas[1U << bit], corner, 1e-12);
  }
  for (unsigned code = 0; code < 256; ++code) {
    if (std::popcount(code) != 4) {
      EXPECT_NEAR(areas[code], areas[255 - code], 1e-12) << code;
    }
    EXPECT_TRUE(code == 0 || code == 255 || areas[code] > 0);
  }
}

TEST(ElementSurface, EmptyMasksHaveTheirStatedValues) {
  const Mask empty(8, 0), full(8, 1);
  const auto both = element_surface_distances({.pred = empty, .ref = empty, .size = {2, 2, 2}});
  EXPECT_TRUE(std::isnan(both.surface_dice(1)));
  EXPECT_TRUE(std::isinf(both.robust_hd_mm(95)));
  const auto one = element_surface_distances({.pred = empty, .ref = full, .size = {2, 2, 2}});
  EXPECT_EQ(one.surface_dice(1000), 0);
}

/// A picture stored as a volume whose axis `flat` has one voxel.
struct Picture {
  Picture(const Mask& pred_of_plane, const Mask& ref_of_plane, std::int64_t side, std::size_t flat,
          double pixel_mm)
      : pred(pred_of_plane), ref(ref_of_plane) {
    masks = {.pred = pred,
             .ref = ref,
             .size = {side, side, side},
             .spacing_mm = {pixel_mm, pixel_mm, pixel_mm}};
    masks.size[flat] = 1;
    masks.spacing_mm[flat] = 8;  // the thickness of a slice has no part in it
  }
  Picture(const Picture&) = delete;
  Picture& operator=(const Picture&) = delete;

  Mask pred, ref;
  MaskPair masks;
};

Mask disc(std::int64_t side, double radius) {
  Mask mask;
  for (std::int64_t y = 0; y < side; ++y) {
    for (std::int64_t x = 0; x < side; ++x) {
      mask.push_back(std::hypot(x - side / 2, y - side / 2) <= radius ? 1 : 0);
    }
  }
  return mask;
}

/// Pixels with a background pixel among their four neighbours, by their coordinates.
std::vector<std::array<double, 2>> contour(const Mask& mask, std::int64_t side) {
  std::vector<std::array<double, 2>> pixels;
  const auto at = [&](std::int64_t x, std::int64_t y) {
    const bool inside = x >= 0 && y >= 0 && x < side && y < side;
    return inside && mask[static_cast<std::size_t>(y * side + x)] != 0;
  };
  for (std::int64_t y = 0; y < side; ++y) {
    for (std::int64_t x = 0; x < side; ++x) {
      if (!at(x, y)) continue;
      if (at(x - 1, y) && at(x + 1, y) && at(x, y - 1) && at(x, y + 1)) continue;
      pixels.push_back({static_cast<double>(x), static_cast<double>(y)});
    }
  }
  return pixels;
}

/// Distances from every pixel of `from` to the nearest of `to`.
std::vector<double> nearest(const std::vector<std::array<double, 2>>& from,
                            const std::vector<std::array<double, 2>>& to) {
  std::vector<double> distances;
  for (const auto& a : from) {
    double least = std::numeric_limits<double>::infinity();
    for (const auto& b : to) least = std::min(least, std::hypot(a[0] - b[0], a[1] - b[1]));
    distances.push_back(least);
  }
  return distances;
}

TEST(SurfaceOfAPicture, IsItsContourWhicheverAxisHasOneVoxel) {
  constexpr std::int64_t kSide = 61;
  constexpr double kPixelMm = 0.8;
  const Mask small = disc(kSide, 20), large = disc(kSide, 25);
  const auto inner = contour(small, kSide), outer = contour(large, kSide);
  const auto out = nearest(inner, outer), in = nearest(outer, inner);
  double total = 0, largest = 0;
  for (const auto* list : {&out, &in}) {
    for (const double distance : *list) {
      total += distance;
      largest = std::max(largest, distance);
    }
  }
  const double assd = total / static_cast<double>(out.size() + in.size());
  ASSERT_NEAR(assd, 4.81, 0.01);
  for (std::size_t flat = 0; flat < 3; ++flat) {
    const Picture picture(small, large, kSide, flat, kPixelMm);
    EXPECT_EQ(surface_dimensions(picture.masks.size), 2);
    const VoxelSurfaceDistances found = voxel_surface_distances(picture.masks);
    EXPECT_EQ(found.pred_to_ref_mm.size(), inner.size());
    EXPECT_EQ(found.ref_to_pred_mm.size(), outer.size());
    EXPECT_NEAR(found.assd_mm(), kPixelMm * assd, 1e-9);
    EXPECT_NEAR(found.hd_mm(), kPixelMm * largest, 1e-9);
    const ElementSurfaceDistances elements = element_surface_distances(picture.masks);
    EXPECT_EQ(elements.surface_dice(3 * kPixelMm), 0);
    EXPECT_EQ(elements.surface_dice(6 * kPixelMm), 1);
    // Elements lie at corners of pixels: the nearest one is up to half a pixel before the circle.
    EXPECT_LT(elements.asd_pred_to_ref_mm(), 5 * kPixelMm);
    EXPECT_GT(elements.asd_pred_to_ref_mm(), 4.5 * kPixelMm);
  }
}

TEST(SurfaceOfAPicture, ElementsHaveTheLengthsOfTheContour) {
  constexpr std::int64_t kSide = 12, kSquare = 5;
  constexpr double kPixelMm = 0.5;
  Mask square(kSide * kSide, 0);
  for (std::int64_t y = 3; y < 3 + kSquare; ++y) {
    for (std::int64_t x = 4; x < 4 + kSquare; ++x) {
      square[static_cast<std::size_t>(y * kSide + x)] = 1;
    }
  }
  for (std::size_t flat = 0; flat < 3; ++flat) {
    const Picture picture(square, square, kSide, flat, kPixelMm);
    const ElementSurfaceDistances found = element_surface_distances(picture.masks);
    double length = 0;
    for (const double one : found.pred.area_mm2) length += one;
    // Four sides between the corner pixels, and four corners that are cut.
    EXPECT_NEAR(length, (4 * (kSquare - 1) + 4 * std::sqrt(0.5)) * kPixelMm, 1e-12);
    EXPECT_EQ(found.surface_dice(0), 1);
  }
}

TEST(SurfaceOfAPicture, VolumesOfSeveralSlicesAreMeasuredInSpace) {
  EXPECT_EQ(surface_dimensions({9, 9, 2}), 3);
  EXPECT_EQ(surface_dimensions({1, 9, 1}), 3);
  EXPECT_EQ(surface_dimensions({1, 1, 1}), 3);
  const Mask all(9 * 9 * 2, 1);
  const auto found = voxel_surface_distances(
      {.pred = all, .ref = all, .size = {9, 9, 2}, .spacing_mm = {1, 1, 1}});
  EXPECT_EQ(found.pred_to_ref_mm.size(), all.size());
  const Mask voxel(1, 1);
  EXPECT_EQ(voxel_surface_distances({.pred = voxel, .ref = voxel, .size = {1, 1, 1}}).hd_mm(), 0);
}

}  // namespace
}  // namespace medcl
