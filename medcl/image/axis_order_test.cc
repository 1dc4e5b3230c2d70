// SPDX-License-Identifier: Apache-2.0
#include "medcl/image/axis_order.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

#include "medcl/image/test_support.h"

namespace medcl {
namespace {

using testing::all_axis_orders;
using testing::largest_difference;
using testing::random_geometry;

constexpr double kPi = 3.14159265358979323846;

/// Every voxel has a value of its own.
Image numbered(const Geometry& geometry) {
  Image image{geometry, {}};
  for (std::int64_t v = 0; v < geometry.voxel_count(); ++v) {
    image.voxels.push_back(static_cast<float>(v));
  }
  return image;
}

Image stored(Image image, const AxisOrder& order) {
  reorder(image, order);
  return image;
}

/// Value -> place in the world.
std::map<float, Point3> places(const Image& image) {
  std::map<float, Point3> result;
  const Size3& size = image.geometry.size;
  for (std::size_t voxel = 0; voxel < image.voxels.size(); ++voxel) {
    const auto v = static_cast<std::int64_t>(voxel);
    result[image.voxels[voxel]] =
        medcl::apply(image.geometry.world_from_index,
                     {static_cast<double>(v % size[0]), static_cast<double>(v / size[0] % size[1]),
                      static_cast<double>(v / (size[0] * size[1]))});
  }
  return result;
}

void expect_same_places(const Image& a, const Image& b) {
  const auto in_a = places(a), in_b = places(b);
  ASSERT_EQ(in_a.size(), in_b.size());
  for (const auto& [value, place] : in_a) {
    for (std::size_t axis = 0; axis < 3; ++axis) {
      ASSERT_NEAR(in_b.at(value)[axis], place[axis], 1e-9);
    }
  }
}

/// Axes turned by `radians` about one axis of the world.
Geometry turned(const Geometry& geometry, std::size_t about, double radians) {
  const std::size_t one = (about + 1) % 3, two = (about + 2) % 3;
  Geometry result = geometry;
  for (std::size_t column = 0; column < 4; ++column) {
    const double a = geometry.world_from_index[one][column];
    const double b = geometry.world_from_index[two][column];
    result.world_from_index[one][column] = std::cos(radians) * a - std::sin(radians) * b;
    result.world_from_index[two][column] = std::sin(radians) * a + std::cos(radians) * b;
  }
  return result;
}

Geometry box(const Size3& size, const Point3& spacing_mm) {
  return {size, {{{spacing_mm[0], 0, 0, -3}, {0, spacing_mm[1], 0, 5}, {0, 0, spacing_mm[2], 40}}}};
}

TEST(AxisOrder, NoOrderMovesAVoxelAndTheInverseBringsBackEveryBit) {
  RandomStream random({.seed = 11});
  for (const AxisOrder& order : all_axis_orders()) {
    const Image image = numbered(random_geometry(random));
    const Image moved = stored(image, order);
    expect_same_places(image, moved);
    const Image back = stored(moved, inverse(order));
    EXPECT_EQ(back.voxels, image.voxels);
    EXPECT_EQ(back.geometry.size, image.geometry.size);
    EXPECT_LT(largest_difference(back.geometry.world_from_index, image.geometry.world_from_index),
              1e-9);
  }
  EXPECT_EQ(all_axis_orders().size(), 48u);
}

TEST(AxisOrder, LabelsAndClassIndicesMoveAsImagesDo) {
  const Image image = numbered(box({3, 4, 2}, {1, 1, 5}));
  const std::vector<std::int32_t> labels(image.voxels.begin(), image.voxels.end());
  const std::vector<std::uint8_t> classes(image.voxels.begin(), image.voxels.end());
  for (const AxisOrder& order : all_axis_orders()) {
    const std::vector<float> moved = stored(image, order).voxels;
    const auto same = [&](const auto& values) {
      return std::equal(moved.begin(), moved.end(), values.begin(), values.end());
    };
    EXPECT_TRUE(same(reordered(std::span(labels), image.geometry.size, order)));
    EXPECT_TRUE(same(reordered(std::span(classes), image.geometry.size, order)));
  }
}

TEST(AxisOrder, GridsThatDifferByTheirOrderAreBroughtTogether) {
  RandomStream random({.seed = 12});
  for (int trial = 0; trial < 20; ++trial) {
    const Image image = numbered(random_geometry(random));
    for (const AxisOrder& order : all_axis_orders()) {
      Image other = stored(image, order);
      ASSERT_TRUE(bring_onto(image.geometry, other));
      EXPECT_EQ(other.geometry.world_from_index, image.geometry.world_from_index);
      expect_same_places(image, other);
    }
  }
}

TEST(AxisOrder, GridsThatLieElsewhereStayAsTheyAre) {
  const Image image = numbered(box({3, 4, 2}, {1, 1, 5}));
  for (const AxisOrder& order : all_axis_orders()) {
    for (const double shift_mm : {0.02, 1.0, 200.0}) {
      Image other = stored(image, order);
      other.geometry.world_from_index[1][3] += shift_mm;
      const Image before = other;
      EXPECT_FALSE(bring_onto(image.geometry, other));
      EXPECT_EQ(other.voxels, before.voxels);
      EXPECT_EQ(other.geometry.world_from_index, before.geometry.world_from_index);
    }
    Image longer = stored(numbered(box({3, 4, 3}, {1, 1, 5})), order);
    EXPECT_FALSE(bring_onto(image.geometry, longer));
  }
  EXPECT_EQ(order_onto(turned(image.geometry, 2, 0.01), image.geometry), std::nullopt);
}

TEST(AxisOrder, AxesPointToTheCodesAskedFor) {
  const Geometry ras = box({3, 4, 5}, {1, 1, 1});
  std::set<std::string> codes;
  for (const AxisOrder& order : all_axis_orders()) codes.insert(axis_codes(reordered(ras, order)));
  EXPECT_EQ(codes.size(), 48u);
  for (const std::string& from : codes) {
    const Geometry start = reordered(ras, order_towards(ras, from));
    EXPECT_EQ(axis_codes(start), from);
    for (const std::string& to : codes) {
      EXPECT_EQ(axis_codes(reordered(start, order_towards(start, to))), to);
    }
  }
}

TEST(AxisOrder, CodesAreOneLetterOfEachDirection) {
  for (const char* right : {"RAS", "LPS", "IRP", "SLA"}) EXPECT_TRUE(is_axis_codes(right));
  for (const char* wrong : {"", "RA", "RASS", "RLS", "ras", "RAX", "array", "auto"}) {
    EXPECT_FALSE(is_axis_codes(wrong)) << wrong;
  }
}

// Whatever the angle, and at exactly 45 degrees, where two axes are equally near.
TEST(AxisOrder, TheResultDoesNotDependOnHowTheScanIsStored) {
  RandomStream random({.seed = 13});
  std::vector<Geometry> scans;
  for (const Point3& spacing_mm : {Point3{1, 1, 1}, {0.7, 0.7, 5}, {0.9, 1.3, 4}, {1, 1, 0.5}}) {
    for (std::size_t about = 0; about < 3; ++about) {
      scans.push_back(turned(box({3, 4, 5}, spacing_mm), about, kPi / 4));
      scans.push_back(turned(scans.back(), (about + 1) % 3, kPi / 4));
      scans.push_back(turned(box({3, 3, 3}, spacing_mm), about, random.uniform(0, 6)));
      scans.push_back(turned(scans.back(), (about + 1) % 3, random.uniform(0, 6)));
    }
  }
  for (const Geometry& scan : scans) {
    const Image image = numbered(scan);
    for (const char* codes : {"RAS", "LPS", "RSA", "ASR", "PIR"}) {
      const Image expected = stored(image, order_towards(image.geometry, codes));
      for (const AxisOrder& order : all_axis_orders()) {
        const Image other = stored(image, order);
        const Image found = stored(other, order_towards(other.geometry, codes));
        ASSERT_EQ(found.voxels, expected.voxels);
        ASSERT_LT(
            largest_difference(found.geometry.world_from_index, expected.geometry.world_from_index),
            1e-9);
      }
    }
  }
}

TEST(AxisOrder, SlicesLieAcrossTheAxisThatDiffers) {
  const auto axis = [](const Size3& size, const Point3& spacing_mm) {
    return slice_axis_of(box(size, spacing_mm));
  };
  const Size3 size{9, 9, 9};
  EXPECT_EQ(axis(size, {0.7, 0.7, 5}), 2u);
  EXPECT_EQ(axis(size, {5, 0.7, 0.75}), 0u);
  EXPECT_EQ(axis(size, {0.8, 0.625, 0.8}), 1u) << "thin slices";
  EXPECT_EQ(axis(size, {0.5, 0.8, 3}), 2u) << "pixels that are no squares";
  EXPECT_EQ(axis(size, {1, 1, 1}), std::nullopt);
  EXPECT_EQ(axis(size, {1, 1.04, 0.97}), std::nullopt);
  EXPECT_EQ(axis({9, 1, 9}, {1, 1, 4}), 1u) << "one slice, whatever its thickness";
}

TEST(AxisOrder, ScansKeepTheirOwnSlicesWhenTheyAreOblique) {
  const Geometry scan = box({3, 4, 5}, {0.7, 0.7, 8});
  for (std::size_t about = 0; about < 2; ++about) {
    for (const double degrees : {-70.0, -50.0, -20.0, 0.0, 30.0, 44.0, 46.0, 70.0}) {
      const AxisOrder order = order_towards(turned(scan, about, degrees * kPi / 180), "RAS");
      EXPECT_EQ(order.axis[2], 2u) << degrees;
      EXPECT_FALSE(order.reversed[2]) << degrees;
    }
    EXPECT_NE(order_towards(turned(scan, about, 80 * kPi / 180), "RAS").axis[2], 2u);
  }
  const Geometry cube = turned(box({3, 4, 5}, {1, 1, 1}), 0, 50 * kPi / 180);
  EXPECT_NE(order_towards(cube, "RAS").axis[2], 2u) << "no slices of its own: the nearest axis";
}

}  // namespace
}  // namespace medcl
