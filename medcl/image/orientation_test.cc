// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "medcl/image/test_support.h"
#include "medcl/image/volume_io.h"

namespace medcl {
namespace {

using testing::largest_difference;
using testing::random_geometry;

NiftiHeader some_header() {
  RandomStream random({.seed = 5});
  Geometry geometry = random_geometry(random);
  geometry.size = {30, 20, 10};
  return *make_source_header(geometry).nifti;
}

/// The findings of a header as "id severity" words.
std::string judged(const NiftiHeader& header, const std::string& assume = "",
                   Geometry* geometry = nullptr) {
  Findings findings;
  const Geometry result = geometry_of(header, "x.nii", assume, findings);
  if (geometry != nullptr) {
    *geometry = result;
  }
  std::string text;
  for (const Finding& finding : findings) {
    EXPECT_EQ(finding.problem.where, "x.nii");
    text += (text.empty() ? "" : ", ") + finding.id +
            (finding.severity == Severity::kError     ? " error"
             : finding.severity == Severity::kWarning ? " warning"
                                                      : " note");
  }
  return text;
}

TEST(Orientation, SformAndQformOfMadeUpHeadersAgree) {
  RandomStream random({.seed = 1});
  for (int trial = 0; trial < 500; ++trial) {
    const Geometry geometry = random_geometry(random);
    NiftiHeader header = *make_source_header(geometry).nifti;
    Geometry found;
    EXPECT_EQ(judged(header, "", &found), "");
    EXPECT_EQ(found.size, geometry.size);
    EXPECT_EQ(largest_difference(found.world_from_index, geometry.world_from_index), 0);
    header.sform_code = 0;
    EXPECT_EQ(judged(header, "", &found), "");
    EXPECT_LT(largest_difference(found.world_from_index, geometry.world_from_index), 1e-6);
  }
}

TEST(Orientation, QformIsRightForAll48AxisOrders) {
  std::array<int, 3> order{0, 1, 2};
  do {
    for (int signs = 0; signs < 8; ++signs) {
      Geometry geometry{.size = {3, 4, 5}, .world_from_index = {}};
      for (int axis = 0; axis < 3; ++axis) {
        geometry.world_from_index[order[axis]][axis] = ((signs >> axis) & 1) != 0 ? -1.5 : 1.5;
      }
      NiftiHeader header = *make_source_header(geometry).nifti;
      header.sform_code = 0;
      Geometry found;
      EXPECT_EQ(judged(header, "", &found), "");
      EXPECT_LT(largest_difference(found.world_from_index, geometry.world_from_index), 1e-9);
    }
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST(Orientation, ContradictingMatricesAreAnErrorThatNamesBoth) {
  NiftiHeader header = some_header();
  header.qoffset_mm[1] += 0.09;
  EXPECT_EQ(judged(header), "");
  header.qoffset_mm[1] += 0.02;
  EXPECT_EQ(judged(header), "orientation-conflict error");
  Findings findings;
  geometry_of(header, "x.nii", "", findings);
  EXPECT_NE(findings[0].problem.found.find("sform ["), std::string::npos);
  EXPECT_NE(findings[0].problem.found.find("qform ["), std::string::npos);
  EXPECT_NE(findings[0].problem.remedy.find("--assume sform|qform|spacing"), std::string::npos);
}

TEST(Orientation, MirroredMatricesAreAConflict) {
  NiftiHeader header = some_header();
  header.pixdim[0] = -header.pixdim[0];
  EXPECT_EQ(judged(header), "orientation-conflict error");
}

TEST(Orientation, AssumeChoosesTheMatrixAndWarns) {
  NiftiHeader header = some_header();
  header.qoffset_mm[1] += 50;
  Geometry sform, qform, spacing;
  EXPECT_EQ(judged(header, "sform", &sform), "orientation-conflict warning");
  EXPECT_EQ(judged(header, "qform", &qform), "orientation-conflict warning");
  EXPECT_EQ(judged(header, "spacing", &spacing), "orientation-conflict warning");
  EXPECT_EQ(sform.world_from_index[1][3], header.srow[1][3]);
  EXPECT_EQ(qform.world_from_index[1][3], header.qoffset_mm[1]);
  EXPECT_EQ(spacing.world_from_index[0][0], header.pixdim[1]);
  EXPECT_EQ(spacing.world_from_index[1][0], 0);
}

TEST(Orientation, MissingCodesAreAnErrorUnlessAssumed) {
  NiftiHeader header = some_header();
  header.sform_code = header.qform_code = 0;
  EXPECT_EQ(judged(header), "no-orientation error");
  EXPECT_EQ(judged(header, "spacing"), "no-orientation warning");
  EXPECT_EQ(judged(header, "sform"), "no-orientation warning");
  header.srow = {};
  EXPECT_EQ(judged(header, "sform"), "no-orientation warning, singular-orientation error");
}

TEST(Orientation, ShearIsAnErrorUnlessSformIsAssumed) {
  NiftiHeader header = some_header();
  header.qform_code = 0;
  for (std::size_t row = 0; row < 3; ++row) {
    header.srow[row][1] += 1e-3 * header.srow[row][0];
  }
  EXPECT_EQ(judged(header), "sheared error");
  EXPECT_EQ(judged(header, "sform"), "sheared warning");
}

TEST(Orientation, BrokenMatricesNeverPass) {
  NiftiHeader header = some_header();
  header.srow[0][0] = NAN;
  EXPECT_EQ(judged(header), "singular-orientation error");
  EXPECT_EQ(judged(header, "qform"), "singular-orientation warning");
  header = some_header();
  header.srow = {};
  EXPECT_EQ(judged(header), "singular-orientation error");
  header = some_header();
  header.qoffset_mm[0] = INFINITY;
  EXPECT_EQ(judged(header), "singular-orientation error");
}

TEST(Orientation, OtherUnitsThanMillimetresAreConverted) {
  NiftiHeader header = some_header();
  header.xyzt_units = 0;
  EXPECT_EQ(judged(header), "");
  header.xyzt_units = 2 + 8;  // mm and seconds
  EXPECT_EQ(judged(header), "");
  Geometry in_mm, converted;
  EXPECT_EQ(judged(header, "", &in_mm), "");
  for (const auto& [unit, factor] : {std::pair{1, 1000.0}, {3, 0.001}}) {
    header.xyzt_units = unit;
    EXPECT_EQ(judged(header, "", &converted), "unit-not-mm warning");
    for (std::size_t row = 0; row < 3; ++row) {
      for (std::size_t column = 0; column < 4; ++column) {
        const double expected = in_mm.world_from_index[row][column] * factor;
        EXPECT_NEAR(converted.world_from_index[row][column], expected, 1e-9 * std::abs(expected));
      }
    }
  }
  header.xyzt_units = 5;
  EXPECT_EQ(judged(header), "unit-not-mm error");
}

TEST(Orientation, FilesOfTwoDimensionsHaveOneSlice) {
  NiftiHeader header = some_header();
  header.dim = {2, 30, 20, 0, 0, 0, 0, 0};
  header.pixdim[3] = 0;
  header.sform_code = 0;
  Geometry geometry;
  EXPECT_EQ(judged(header, "", &geometry), "");
  EXPECT_EQ(geometry.size, (Size3{30, 20, 1}));
  EXPECT_NEAR(geometry.spacing_mm()[2], 1, 1e-9);
}

}  // namespace
}  // namespace medcl
