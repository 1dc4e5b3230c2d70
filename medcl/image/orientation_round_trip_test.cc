// SPDX-License-Identifier: Apache-2.0
// The same object stored in all 48 axis orders and flips, in every format: read, labelled by its
// own values, written as a prediction is, read again - its landmarks must not have moved.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>

#include "medcl/core/atomic_file.h"
#include "medcl/image/itk_bridge.h"
#include "medcl/image/test_dicom.h"
#include "medcl/image/test_support.h"
#include "medcl/image/volume_io.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;
using testing::largest_difference;
using testing::TemporaryFolder;

constexpr double kToleranceMm = 0.01;
constexpr Size3 kSize{5, 6, 7};  // along the axes of the world
constexpr Point3 kSpacingMm{1.5, 2, 3.25}, kOriginMm{10, -20, 30.5};
/// Steps from the origin along the axes of the world; landmark n has the value n + 1.
constexpr std::array<Size3, 5> kLandmarks{{{0, 0, 0}, {4, 0, 0}, {0, 5, 0}, {0, 0, 6}, {1, 2, 3}}};

Point3 place_of(std::size_t landmark) {
  Point3 place{};
  for (std::size_t axis = 0; axis < 3; ++axis) {
    place[axis] =
        kOriginMm[axis] + kSpacingMm[axis] * static_cast<double>(kLandmarks[landmark][axis]);
  }
  return place;
}

/// Array axis a runs along axis order[a] of the world, backwards where bit a of `flips` is set.
Image stored_as(const std::array<int, 3>& order, int flips) {
  Image image{.geometry = {.size = {}, .world_from_index = {}}, .voxels = {}};
  for (std::size_t a = 0; a < 3; ++a) {
    const auto world = static_cast<std::size_t>(order[a]);
    const bool flipped = ((flips >> a) & 1) != 0;
    image.geometry.size[a] = kSize[world];
    image.geometry.world_from_index[world][a] = flipped ? -kSpacingMm[world] : kSpacingMm[world];
    image.geometry.world_from_index[world][3] =
        kOriginMm[world] +
        (flipped ? kSpacingMm[world] * static_cast<double>(kSize[world] - 1) : 0);
  }
  image.voxels.resize(static_cast<std::size_t>(image.geometry.voxel_count()), 0);
  for (std::size_t n = 0; n < kLandmarks.size(); ++n) {
    Size3 index{};
    for (std::size_t a = 0; a < 3; ++a) {
      const auto world = static_cast<std::size_t>(order[a]);
      const std::int64_t step = kLandmarks[n][world];
      index[a] = ((flips >> a) & 1) != 0 ? kSize[world] - 1 - step : step;
    }
    const Size3& size = image.geometry.size;
    image.voxels[static_cast<std::size_t>((index[2] * size[1] + index[1]) * size[0] + index[0])] =
        static_cast<float>(n + 1);
  }
  return image;
}

void expect_landmarks(const Labels& labels, const std::string& what) {
  std::size_t found = 0;
  const Size3& size = labels.geometry.size;
  for (std::size_t voxel = 0; voxel < labels.voxels.size(); ++voxel) {
    if (labels.voxels[voxel] == 0) continue;
    ++found;
    const auto v = static_cast<std::int64_t>(voxel);
    const Point3 place =
        medcl::apply(labels.geometry.world_from_index,
                     {static_cast<double>(v % size[0]), static_cast<double>(v / size[0] % size[1]),
                      static_cast<double>(v / (size[0] * size[1]))});
    const Point3 truth = place_of(static_cast<std::size_t>(labels.voxels[voxel] - 1));
    for (std::size_t axis = 0; axis < 3; ++axis) {
      EXPECT_NEAR(place[axis], truth[axis], kToleranceMm)
          << what << " landmark " << labels.voxels[voxel];
    }
  }
  EXPECT_EQ(found, kLandmarks.size()) << what;
}

/// A network that finds exactly what is there.
Labels identity(const Image& image) {
  Labels labels{.geometry = image.geometry, .voxels = {}};
  for (const float voxel : image.voxels) {
    labels.voxels.push_back(static_cast<std::int32_t>(voxel));
  }
  return labels;
}

void expect_same_header(const Loaded<float>& source, const Loaded<std::int32_t>& result,
                        const std::string& what) {
  EXPECT_EQ(result.volume.geometry.size, source.volume.geometry.size) << what;
  EXPECT_LT(largest_difference(result.volume.geometry.world_from_index,
                               source.volume.geometry.world_from_index),
            1e-6)
      << what;
  if (!source.source.nifti) return;
  const NiftiHeader &a = *source.source.nifti, &b = *result.source.nifti;
  EXPECT_EQ(a.sform_code, b.sform_code) << what;
  EXPECT_EQ(a.qform_code, b.qform_code) << what;
  EXPECT_EQ(a.srow, b.srow) << what;
  EXPECT_EQ(a.quaternion_bcd, b.quaternion_bcd) << what;
  EXPECT_EQ(a.qoffset_mm, b.qoffset_mm) << what;
  EXPECT_EQ(a.pixdim, b.pixdim) << what;
  EXPECT_EQ(a.xyzt_units, b.xyzt_units) << what;
}

using Writer = std::function<fs::path(const TemporaryFolder&, const Image&)>;

/// All 48 ways to store the object; the prediction gets `ending`.
void expect_nothing_moves(const Writer& write, const std::string& ending) {
  std::array<int, 3> order{0, 1, 2};
  int ways = 0;
  do {
    for (int flips = 0; flips < 8; ++flips, ++ways) {
      const TemporaryFolder folder;
      const Image image = stored_as(order, flips);
      const std::string what = ending + " " + axis_codes(image.geometry);
      const Loaded<float> source = read_image(write(folder, image));
      write_labels(folder / ("prediction" + ending), identity(source.volume), source.source);
      const Loaded<std::int32_t> result = read_labels(folder / ("prediction" + ending));
      expect_landmarks(result.volume, what);
      expect_same_header(source, result, what);
    }
  } while (std::next_permutation(order.begin(), order.end()));
  EXPECT_EQ(ways, 48);
}

Writer image_file(const std::string& ending, bool qform_only = false) {
  return [=](const TemporaryFolder& folder, const Image& image) {
    SourceHeader header = make_source_header(image.geometry);
    if (qform_only) header.nifti->sform_code = 0;
    write_image(folder / ("image" + ending), image, header);
    return folder / ("image" + ending);
  };
}

fs::path dicom_folder(const TemporaryFolder& folder, const Image& image) {
  const Affine& affine = image.geometry.world_from_index;
  const Point3 spacing = image.geometry.spacing_mm();
  fs::create_directory(folder / "series");
  for (std::int64_t k = 0; k < image.geometry.size[2]; ++k) {
    testing::DicomText slice;
    slice.columns = image.geometry.size[0];
    slice.rows = image.geometry.size[1];
    slice.position_mm = medcl::apply(affine, {0, 0, static_cast<double>(k)});
    for (std::size_t row = 0; row < 3; ++row) {
      slice.row_direction[row] = affine[row][0] / spacing[0];
      slice.column_direction[row] = affine[row][1] / spacing[1];
    }
    slice.spacing_i_mm = spacing[0];
    slice.spacing_j_mm = spacing[1];
    slice.thickness_mm = spacing[2];
    slice.number = static_cast<int>(k) + 1;
    for (const float voxel : image.slice(k)) {
      slice.pixels.push_back(static_cast<std::uint16_t>(voxel));
    }
    const std::vector<std::uint8_t> bytes = testing::dicom_bytes(slice);
    write_atomically(folder / "series" / (std::to_string(k) + ".dcm"), bytes);
  }
  return folder / "series";
}

TEST(OrientationRoundTrip, NiftiKeepsLandmarksInAll48AxisOrders) {
  expect_nothing_moves(image_file(".nii"), ".nii");
}

TEST(OrientationRoundTrip, CompressedNiftiKeepsLandmarksInAll48AxisOrders) {
  expect_nothing_moves(image_file(".nii.gz"), ".nii.gz");
}

TEST(OrientationRoundTrip, NiftiWithOnlyAQformKeepsLandmarksInAll48AxisOrders) {
  expect_nothing_moves(image_file(".nii.gz", true), ".nii.gz");
}

TEST(OrientationRoundTrip, NrrdKeepsLandmarksInAll48AxisOrders) {
  if (!itk_is_built_in()) GTEST_SKIP() << "built without ITK";
  expect_nothing_moves(image_file(".nrrd"), ".nrrd");
}

TEST(OrientationRoundTrip, MetaImageKeepsLandmarksInAll48AxisOrders) {
  if (!itk_is_built_in()) GTEST_SKIP() << "built without ITK";
  expect_nothing_moves(image_file(".mha"), ".mha");
}

// The order of the slices is not stored: left-handed arrays come back with their slices reversed,
// and their landmarks stay where they are all the same.
TEST(OrientationRoundTrip, DicomKeepsLandmarksInAll48AxisOrders) {
  if (!itk_is_built_in()) GTEST_SKIP() << "built without ITK";
  expect_nothing_moves(dicom_folder, ".nii.gz");
}

}  // namespace
}  // namespace medcl
