// SPDX-License-Identifier: Apache-2.0
#include "medcl/image/geometry.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "medcl/image/test_support.h"

namespace medcl {
namespace {

using testing::largest_difference;
using testing::message_of;
using testing::random_geometry;

const Affine kIdentity{{{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}}};

TEST(Geometry, InverseUndoesAnyAffine) {
  RandomStream random({.seed = 1});
  for (int trial = 0; trial < 500; ++trial) {
    const Affine affine = random_geometry(random).world_from_index;
    EXPECT_LT(largest_difference(compose(inverse(affine), affine), kIdentity), 1e-9);
    EXPECT_LT(largest_difference(compose(affine, inverse(affine)), kIdentity), 1e-9);
  }
}

TEST(Geometry, ComposeAppliesInnerFirst) {
  RandomStream random({.seed = 2});
  for (int trial = 0; trial < 200; ++trial) {
    const Affine outer = random_geometry(random).world_from_index;
    const Affine inner = random_geometry(random).world_from_index;
    const Point3 point{random.normal(), random.normal(), random.normal()};
    const Point3 expected = medcl::apply(outer, medcl::apply(inner, point));
    const Point3 found = medcl::apply(compose(outer, inner), point);
    for (int axis = 0; axis < 3; ++axis) {
      EXPECT_NEAR(found[axis], expected[axis], 1e-9);
    }
  }
}

TEST(Geometry, InverseRefusesSingularMatrices) {
  message_of(ErrorCode::kInvalidData, [] {
    return inverse(Affine{{{1, 2, 0, 0}, {2, 4, 0, 0}, {0, 0, 1, 0}}});
  });
  message_of(ErrorCode::kInvalidData, [] {
    return inverse(Affine{{{NAN, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}}});
  });
}

TEST(Geometry, AxisCodesNameAll48Orientations) {
  std::set<std::string> seen;
  std::array<int, 3> world_of{0, 1, 2};
  do {
    for (int signs = 0; signs < 8; ++signs) {
      Geometry geometry{.size = {2, 2, 2}, .world_from_index = {}};
      std::string expected;
      for (int axis = 0; axis < 3; ++axis) {
        const bool negative = ((signs >> axis) & 1) != 0;
        geometry.world_from_index[world_of[axis]][axis] = (negative ? -1 : 1) * (1.0 + axis);
        expected += (negative ? "LPI" : "RAS")[world_of[axis]];
      }
      EXPECT_EQ(axis_codes(geometry), expected);
      seen.insert(axis_codes(geometry));
    }
  } while (std::next_permutation(world_of.begin(), world_of.end()));
  EXPECT_EQ(seen.size(), 48U);
}

TEST(Geometry, AxisCodesTakeTheNearestDirection) {
  const double c = std::cos(0.6), s = std::sin(0.6);
  Geometry oblique{.size = {2, 2, 2}};
  oblique.world_from_index = {{{c, -s, 0, 0}, {s, c, 0, 0}, {0, 0, -1, 0}}};
  EXPECT_EQ(axis_codes(oblique), "RAI");
}

TEST(Geometry, EqualGridsHaveNoDifference) {
  RandomStream random({.seed = 3});
  for (int trial = 0; trial < 100; ++trial) {
    Geometry a = random_geometry(random);
    EXPECT_EQ(difference(a, a), "");
    Geometry b = a;
    b.world_from_index[1][3] += 0.009;
    EXPECT_EQ(difference(a, b), "");
    b.world_from_index[1][3] += 0.002;
    EXPECT_NE(difference(a, b).find("origin"), std::string::npos);
    b = a;
    ++b.size[1];
    EXPECT_EQ(difference(a, b).rfind("size", 0), 0U);
  }
}

TEST(Geometry, BoxesOverlapWhereverTheirAxesPoint) {
  const Geometry box{{10, 10, 10}, {{{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}}}};
  Geometry other = box;
  EXPECT_TRUE(boxes_overlap(box, other));
  other.world_from_index = {{{-1, 0, 0, 9}, {0, 0, 2, 9}, {0, 0.5, 0, 9}}};
  EXPECT_TRUE(boxes_overlap(box, other));
  for (std::size_t axis = 0; axis < 3; ++axis) {
    Geometry apart = box;
    apart.world_from_index[axis][3] = 10;
    EXPECT_FALSE(boxes_overlap(box, apart)) << "they touch";
    apart.world_from_index[axis][3] = 9.5;
    EXPECT_TRUE(boxes_overlap(box, apart));
  }
}

TEST(Geometry, DifferenceNamesSpacingAndDirection) {
  const Geometry a{.size = {4, 4, 4}};
  Geometry b = a;
  b.world_from_index[2][2] = 5;
  EXPECT_EQ(difference(a, b), "spacing 1 x 1 x 1 against 1 x 1 x 5 mm");
  b = a;
  b.world_from_index[0][0] = -1;
  EXPECT_NE(difference(a, b).find("direction of axis 0"), std::string::npos);
  b.world_from_index[0][0] = NAN;
  EXPECT_NE(difference(a, b), "");
}

}  // namespace
}  // namespace medcl
