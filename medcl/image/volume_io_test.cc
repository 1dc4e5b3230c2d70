// SPDX-License-Identifier: Apache-2.0
#include "medcl/image/volume_io.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "medcl/image/class_labels.h"
#include "medcl/image/itk_bridge.h"
#include "medcl/image/test_support.h"

namespace medcl {
namespace {

using testing::largest_difference;
using testing::message_of;
using testing::random_geometry;
using testing::TemporaryFolder;

Labels random_labels(RandomStream& random, std::int32_t largest) {
  Labels labels{.geometry = random_geometry(random), .voxels = {}};
  labels.voxels.resize(static_cast<std::size_t>(labels.geometry.voxel_count()));
  for (std::int32_t& voxel : labels.voxels) {
    voxel = static_cast<std::int32_t>(random.integer(largest + 1));
  }
  labels.voxels.front() = largest;
  return labels;
}

Image random_image(RandomStream& random) {
  Image image{.geometry = random_geometry(random), .voxels = {}};
  image.voxels.resize(static_cast<std::size_t>(image.geometry.voxel_count()));
  for (float& voxel : image.voxels) {
    voxel = static_cast<float>(random.normal());
  }
  return image;
}

TEST(VolumeIo, LabelsComeBackWithTheHeaderOfTheirSource) {
  const TemporaryFolder folder;
  RandomStream random({.seed = 1});
  for (const char* name : {"a.nii", "b.nii.gz"}) {
    for (const std::int32_t largest : {1, 255, 256, 65535, 65536}) {
      const Image image = random_image(random);
      SourceHeader made = make_source_header(image.geometry);
      made.nifti->sform_code = 2;
      made.nifti->qform_code = 3;
      made.nifti->description = "a description";
      write_image(folder / "image.nii.gz", image, made);
      const Loaded<float> source = read_image(folder / "image.nii.gz");
      Labels labels = random_labels(random, largest);
      labels.geometry = source.volume.geometry;
      labels.voxels.resize(image.voxels.size(), 0);
      labels.voxels.front() = largest;

      write_labels(folder / name, labels, source.source);
      const Loaded<std::int32_t> found = read_labels(folder / name);
      EXPECT_EQ(found.volume.voxels, labels.voxels);
      EXPECT_TRUE(found.findings.empty());
      EXPECT_EQ(largest_difference(found.volume.geometry.world_from_index,
                                   source.volume.geometry.world_from_index),
                0);
      NiftiHeader expected = *source.source.nifti, header = *found.source.nifti;
      EXPECT_EQ(header.datatype, largest <= 255     ? NiftiType::kUint8
                                 : largest <= 65535 ? NiftiType::kUint16
                                                    : NiftiType::kInt32);
      EXPECT_EQ(header.dim, expected.dim);
      EXPECT_EQ(header.pixdim, expected.pixdim);
      EXPECT_EQ(header.sform_code, 2);
      EXPECT_EQ(header.qform_code, 3);
      EXPECT_EQ(header.srow, expected.srow);
      EXPECT_EQ(header.quaternion_bcd, expected.quaternion_bcd);
      EXPECT_EQ(header.qoffset_mm, expected.qoffset_mm);
      EXPECT_EQ(header.description, "a description");
      // Byte for byte: only dim, datatype, bitpix, vox_offset, scl_*, cal_* may differ.
      ASSERT_EQ(header.raw.size(), expected.raw.size());
      for (std::size_t byte = 0; byte < header.raw.size(); ++byte) {
        if ((byte >= 40 && byte < 56) || (byte >= 70 && byte < 74) || (byte >= 108 && byte < 132)) {
          continue;
        }
        EXPECT_EQ(header.raw[byte], expected.raw[byte]) << "byte " << byte;
      }
    }
  }
}

TEST(VolumeIo, ClassIndicesAreWrittenWithTheValuesOfTheirClasses) {
  const TemporaryFolder folder;
  Grid<std::uint8_t> indices{.geometry = {.size = {3, 2, 1}}, .voxels = {0, 1, 2, 2, 1, 0}};
  const std::vector<std::int32_t> values = {0, 500, 2221, 70000};
  for (const char* name : {"a.nii.gz", "b.nii"}) {
    write_labels(folder / name, indices, values, make_source_header(indices.geometry));
    const auto found = read_labels(folder / name);
    EXPECT_EQ(found.volume.voxels, (std::vector<std::int32_t>{0, 500, 2221, 2221, 500, 0}));
    EXPECT_EQ(found.source.nifti->datatype, NiftiType::kUint16);  // class 3 does not occur
  }
  indices.voxels[0] = 4;
  EXPECT_THROW(
      write_labels(folder / "c.nii", indices, values, make_source_header(indices.geometry)), Error);
}

TEST(VolumeIo, NegativeLabelsAreKept) {
  const TemporaryFolder folder;
  RandomStream random({.seed = 2});
  Labels labels = random_labels(random, 3);
  labels.voxels.back() = -7;
  write_labels(folder / "a.nii.gz", labels, make_source_header(labels.geometry));
  EXPECT_EQ(read_labels(folder / "a.nii.gz").volume.voxels, labels.voxels);
}

TEST(VolumeIo, NrrdAndMetaImageComeBack) {
  if (!itk_is_built_in()) {
    GTEST_SKIP() << "built without ITK";
  }
  const TemporaryFolder folder;
  RandomStream random({.seed = 3});
  for (const char* name : {"a.nrrd", "a.mha"}) {
    for (int trial = 0; trial < 10; ++trial) {
      const Image image = random_image(random);
      write_image(folder / name, image, {});
      const Loaded<float> found = read_image(folder / name);
      EXPECT_EQ(found.volume.voxels, image.voxels);
      EXPECT_EQ(found.volume.geometry.size, image.geometry.size);
      EXPECT_LT(largest_difference(found.volume.geometry.world_from_index,
                                   image.geometry.world_from_index),
                1e-5);
      EXPECT_FALSE(found.source.nifti.has_value());
      for (const std::int32_t largest : {3, 300, 70000}) {
        const Labels labels = random_labels(random, largest);
        write_labels(folder / name, labels, {});
        EXPECT_EQ(read_labels(folder / name).volume.voxels, labels.voxels);
      }
    }
  }
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 2)
      << "no drafts are left behind";
}

TEST(VolumeIo, KindIsDecidedByContent) {
  if (!itk_is_built_in()) {
    GTEST_SKIP() << "built without ITK";
  }
  const TemporaryFolder folder;
  RandomStream random({.seed = 4});
  const Image image = random_image(random);
  write_image(folder / "a.mha", image, {});
  std::filesystem::rename(folder / "a.mha", folder / "a.nii.gz");
  EXPECT_EQ(read_image(folder / "a.nii.gz").volume.voxels, image.voxels);
}

TEST(VolumeIo, FourDimensionalFilesAreChannels) {
  const TemporaryFolder folder;
  const Geometry geometry{.size = {3, 2, 2}};
  NiftiHeader header = *make_source_header(geometry).nifti;
  header.dim = {4, 3, 2, 2, 3, 1, 1, 1};
  std::vector<float> voxels(36);
  std::iota(voxels.begin(), voxels.end(), 0.0F);
  write_nifti(folder / "a.nii.gz", header, voxels, NiftiType::kFloat32);
  const auto channels = read_channels(folder / "a.nii.gz");
  ASSERT_EQ(channels.size(), 3U);
  for (std::size_t channel = 0; channel < 3; ++channel) {
    EXPECT_EQ(channels[channel].volume.voxels.size(), 12U);
    EXPECT_EQ(channels[channel].volume.voxels.front(), static_cast<float>(12 * channel));
  }
  EXPECT_NE(message_of(ErrorCode::kInvalidData, [&] { read_image(folder / "a.nii.gz"); })
                .find("read_channels"),
            std::string::npos);
  // A result for such a source is one volume.
  Labels labels{.geometry = channels[0].volume.geometry, .voxels = std::vector<std::int32_t>(12)};
  write_labels(folder / "b.nii.gz", labels, channels[0].source);
  EXPECT_EQ(read_labels(folder / "b.nii.gz").volume.geometry.size, geometry.size);
}

TEST(VolumeIo, FiveDimensionalFilesAreRefused) {
  const TemporaryFolder folder;
  NiftiHeader header = *make_source_header({.size = {2, 2, 2}}).nifti;
  header.dim = {5, 2, 2, 2, 1, 3, 1, 1};
  write_nifti(folder / "a.nii", header, std::vector<float>(24), NiftiType::kFloat32);
  message_of(ErrorCode::kInvalidData, [&] { read_channels(folder / "a.nii"); });
}

TEST(VolumeIo, ContradictingHeadersAreRefusedUnlessAssumed) {
  const TemporaryFolder folder;
  NiftiHeader header = *make_source_header({.size = {2, 2, 2}}).nifti;
  header.qoffset_mm = {5, 0, 0};
  write_nifti(folder / "a.nii", header, std::vector<float>(8), NiftiType::kFloat32);
  const std::string message =
      message_of(ErrorCode::kInvalidData, [&] { read_image(folder / "a.nii"); });
  EXPECT_NE(message.find("--assume"), std::string::npos);
  EXPECT_NE(message.find("a.nii"), std::string::npos);
  const Loaded<float> found = read_image(folder / "a.nii", {.assume = "sform", .limits = {}});
  ASSERT_EQ(found.findings.size(), 1U);
  EXPECT_EQ(found.findings[0].id, "orientation-conflict");
}

TEST(VolumeIo, LabelsAreRoundedWithinTheToleranceOnly) {
  const TemporaryFolder folder;
  const NiftiHeader header = *make_source_header({.size = {4, 1, 1}}).nifti;
  const auto write = [&](const std::vector<float>& voxels) {
    write_nifti(folder / "a.nii", header, voxels, NiftiType::kFloat32);
  };
  write({0, 200.000008F, 499.977F, 1220.0046F});
  const auto found = read_labels(folder / "a.nii");
  EXPECT_EQ(found.volume.voxels, (std::vector<std::int32_t>{0, 200, 500, 1220}));
  ASSERT_EQ(found.findings.size(), 1U);
  EXPECT_EQ(found.findings[0].id, "labels-rounded");
  write({0, 1, 0.5F, 0.25F});
  const std::string message =
      message_of(ErrorCode::kInvalidData, [&] { read_labels(folder / "a.nii"); });
  EXPECT_NE(message.find("0.5 (2 voxels)"), std::string::npos) << message;
  for (const float bad : {NAN, INFINITY, -INFINITY, 3e9F}) {
    write({0, 1, bad, 2});
    message_of(ErrorCode::kInvalidData, [&] { read_labels(folder / "a.nii"); });
  }
}

TEST(VolumeIo, LabelsOfAnImageInMicrometresLieWhereItLies) {
  const TemporaryFolder folder;
  RandomStream random({.seed = 7});
  Image image = random_image(random);
  SourceHeader made = make_source_header(image.geometry);
  made.nifti->xyzt_units = 3;
  write_image(folder / "image.nii", image, made);
  const Loaded<float> source = read_image(folder / "image.nii");
  const Labels labels{.geometry = source.volume.geometry,
                      .voxels = std::vector<std::int32_t>(image.voxels.size(), 1)};
  for (const char* name : {"labels.nii.gz", "labels.nrrd"}) {
    if (!itk_is_built_in() && std::string(name).ends_with(".nrrd")) continue;
    write_labels(folder / name, labels, source.source);
    const Geometry found = read_geometry(folder / name);
    for (std::size_t row = 0; row < 3; ++row) {
      for (std::size_t column = 0; column < 4; ++column) {
        const double expected = image.geometry.world_from_index[row][column] / 1000;
        EXPECT_NEAR(found.world_from_index[row][column], expected, 1e-7) << name;
      }
    }
  }
}

TEST(VolumeIo, APictureOfTwoDimensionsTakesItsThicknessFromTheUser) {
  const TemporaryFolder folder;
  NiftiHeader header = *make_source_header({.size = {4, 3, 1}}).nifti;
  header.dim = {2, 4, 3, 1, 1, 1, 1, 1};
  header.sform_code = 0;
  write_nifti(folder / "flat.nii", header, std::vector<float>(12, 1), NiftiType::kFloat32);
  const Loaded<float> assumed = read_image(folder / "flat.nii");
  ASSERT_EQ(assumed.findings.size(), 1U);
  EXPECT_EQ(assumed.findings[0].id, "no-thickness");
  EXPECT_NEAR(assumed.volume.geometry.spacing_mm()[2], 1, 1e-9);
  const Loaded<float> given = read_image(folder / "flat.nii", {.spacing_mm = Point3{2, 2, 7}});
  EXPECT_TRUE(given.findings.empty());
  EXPECT_NEAR(given.volume.geometry.spacing_mm()[2], 7, 1e-9);
  EXPECT_NEAR(given.volume.geometry.spacing_mm()[0], 1, 1e-9) << "the file says it";
}

TEST(VolumeIo, AVoxelSizeThatIsGivenReplacesOneThatCannotBe) {
  const TemporaryFolder folder;
  RandomStream random({.seed = 8});
  const Image image = random_image(random);
  for (const double odd : {-2.0, 0.0, 1e30, std::nan("")}) {
    SourceHeader made = make_source_header(image.geometry);
    made.nifti->pixdim[2] = odd;
    made.nifti->sform_code = made.nifti->qform_code = 0;
    write_image(folder / "image.nii", image, made);
    EXPECT_NE(
        message_of(ErrorCode::kIo, [&] { read_image(folder / "image.nii"); }).find("--spacing"),
        std::string::npos);
    const ReadOptions options{.assume = "spacing", .spacing_mm = Point3{1, 2.5, 3}};
    const Geometry found = read_image(folder / "image.nii", options).volume.geometry;
    EXPECT_NEAR(found.spacing_mm()[1], 2.5, 1e-9) << odd;
    EXPECT_NEAR(found.spacing_mm()[0], image.geometry.spacing_mm()[0], 1e-6) << "the file says it";
  }
}

TEST(VolumeIo, WrongSizesAndEndingsAreNotWritten) {
  const TemporaryFolder folder;
  RandomStream random({.seed = 6});
  const Labels labels = random_labels(random, 3);
  Geometry other = labels.geometry;
  ++other.size[0];
  EXPECT_THROW(write_labels(folder / "a.nii", labels, make_source_header(other)), Error);
  message_of(ErrorCode::kUsage, [&] { write_labels(folder / "a.png", labels, {}); });
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(VolumeIo, MissingFilesAndEmptyFoldersAreNamed) {
  const TemporaryFolder folder;
  EXPECT_NE(message_of(ErrorCode::kIo, [&] { read_image(folder / "none.nii"); }).find("none.nii"),
            std::string::npos);
  EXPECT_NE(message_of(ErrorCode::kIo, [&] { read_image(folder.path()); }).find("DICOM"),
            std::string::npos);
}

TEST(VolumeIo, ImagePathsAreKnownByTheirEnding) {
  const TemporaryFolder folder;
  for (const char* name : {"a.nii", "A.NII.GZ", "a.nrrd", "a.mha", "a.dcm"}) {
    EXPECT_TRUE(is_image_path(folder / name)) << name;
  }
  for (const char* name : {"a.png", "nii", ".nii", "a.nii.txt"}) {
    EXPECT_FALSE(is_image_path(folder / name)) << name;
  }
  EXPECT_FALSE(is_image_path(folder.path()));
  testing::write_text(folder / "1.dcm", "");
  EXPECT_TRUE(is_image_path(folder.path()));
}

TEST(VolumeIo, SplitsNamesAtTheEndingOfAnImage) {
  EXPECT_EQ(split_image_name("a/heart.v2.nii.gz").stem, "heart.v2");
  EXPECT_EQ(split_image_name("heart.NII.GZ").ending, ".nii.gz");
  EXPECT_EQ(split_image_name("heart.NRRD").stem, "heart");
  EXPECT_EQ(split_image_name("notes.txt").stem, "notes.txt");
  EXPECT_EQ(split_image_name("heart").ending, "");
}

}  // namespace
}  // namespace medcl
