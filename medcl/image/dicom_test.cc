// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <map>

#include "medcl/core/file_system.h"
#include "medcl/core/test_paths.h"
#include "medcl/image/dicom_file.h"
#include "medcl/image/itk_bridge.h"
#include "medcl/image/test_dicom.h"
#include "medcl/image/test_support.h"
#include "medcl/image/volume_io.h"

namespace medcl {
namespace {

using testing::message_of;
using testing::TemporaryFolder;

/// The folders with DICOM series, or none when they or ITK are absent.
std::vector<std::filesystem::path> series_folders() {
  std::vector<std::filesystem::path> folders;
  const auto data = data_folder();
  if (itk_is_built_in() && data && std::filesystem::is_directory(*data / "dicom")) {
    for (const auto& entry : std::filesystem::directory_iterator(*data / "dicom")) {
      if (entry.is_directory()) {
        folders.push_back(entry.path());
      }
    }
  }
  return folders;
}

std::optional<DicomSlice> header_of(const std::filesystem::path& path) {
  return std::get<std::optional<DicomSlice>>(read_dicom_headers({path}).at(0));
}

/// Slices of the series in the order of the volume.
std::vector<std::filesystem::path> copy_series(const std::filesystem::path& from,
                                               const std::filesystem::path& to) {
  std::map<double, std::filesystem::path> sorted;
  for (const auto& entry : std::filesystem::directory_iterator(from)) {
    const auto slice = header_of(entry.path());
    if (slice) {
      const auto target = to / entry.path().filename();
      std::filesystem::copy_file(entry.path(), target);
      const auto &r = slice->row_direction, &c = slice->column_direction;
      const Point3 n{r[1] * c[2] - r[2] * c[1], r[2] * c[0] - r[0] * c[2],
                     r[0] * c[1] - r[1] * c[0]};
      const auto& p = slice->position_mm;
      sorted[p[0] * n[0] + p[1] * n[1] + p[2] * n[2]] = target;
    }
  }
  std::vector<std::filesystem::path> files;
  for (const auto& [position, file] : sorted) {
    files.push_back(file);
  }
  return files;
}

TEST(Dicom, EverySliceLiesWhereItsFileSays) {
  const auto folders = series_folders();
  if (folders.empty()) {
    GTEST_SKIP() << "no DICOM data or no ITK";
  }
  for (const auto& folder : folders) {
    const auto series = find_dicom_series(folder);
    ASSERT_EQ(series.size(), 1U) << folder;
    const Loaded<float> loaded = read_dicom_series(series[0]);
    const Geometry& geometry = loaded.volume.geometry;
    ASSERT_EQ(geometry.size[2], static_cast<std::int64_t>(series[0].files.size()));
    for (const auto& file : series[0].files) {
      const auto slice = header_of(file);
      ASSERT_TRUE(slice.has_value());
      const Point3 index = medcl::apply(inverse(geometry.world_from_index), slice->position_mm);
      EXPECT_NEAR(index[0], 0, 0.05) << file;
      EXPECT_NEAR(index[1], 0, 0.05) << file;
      const auto k = static_cast<std::int64_t>(std::lround(index[2]));
      EXPECT_NEAR(index[2], static_cast<double>(k), 0.05) << file;
      ASSERT_TRUE(k >= 0 && k < geometry.size[2]);
      const auto plane = loaded.volume.slice(k);
      read_dicom_pixels({*slice}, [&](const std::vector<float>& pixels) {
        EXPECT_TRUE(std::ranges::equal(plane, pixels)) << file;
      });
    }
  }
}

TEST(Dicom, PixelsAreRescaled) {
  const auto data = data_folder();
  if (!itk_is_built_in() || !data || !std::filesystem::is_directory(*data / "dicom/ct_3slice")) {
    GTEST_SKIP() << "no DICOM data or no ITK";
  }
  const Loaded<float> ct = read_image(*data / "dicom/ct_3slice");
  const float darkest = *std::min_element(ct.volume.voxels.begin(), ct.volume.voxels.end());
  EXPECT_LE(darkest, -900) << "air is about -1000 Hounsfield units";
}

TEST(Dicom, MissingAndDuplicateSlicesAreNamed) {
  int tested = 0;
  for (const auto& source : series_folders()) {
    const TemporaryFolder folder;
    const auto files = copy_series(source, folder.path());
    if (files.size() < 5) {
      continue;
    }
    ++tested;
    EXPECT_NO_THROW(read_image(folder.path()));
    std::filesystem::copy_file(files[1], folder / "zz_copy.dcm");
    EXPECT_NE(message_of(ErrorCode::kIo, [&] { read_image(folder.path()); }).find("duplicate"),
              std::string::npos);
    std::filesystem::remove(folder / "zz_copy.dcm");
    std::filesystem::remove(files[2]);
    const std::string message = message_of(ErrorCode::kIo, [&] { read_image(folder.path()); });
    EXPECT_NE(message.find("missing slice"), std::string::npos) << message;
    EXPECT_NE(message.find(files[3].filename().string()), std::string::npos) << message;
  }
  if (tested == 0) {
    GTEST_SKIP() << "no DICOM data or no ITK";
  }
}

TEST(Dicom, ForeignFilesInTheFolderAreIgnoredAndSeveralSeriesRefused) {
  const auto folders = series_folders();
  if (folders.size() < 2) {
    GTEST_SKIP() << "no DICOM data or no ITK";
  }
  const TemporaryFolder folder;
  testing::write_text(folder / "readme.txt", "no image");
  testing::write_text(folder / "empty.dcm", "");
  std::filesystem::create_directory(folder / "a");
  copy_series(folders[0], folder / "a");
  EXPECT_NO_THROW(read_image(folder.path()));
  std::filesystem::create_directory(folder / "b");
  copy_series(folders[1], folder / "b");
  EXPECT_EQ(find_dicom_series(folder.path()).size(), 2U);
  message_of(ErrorCode::kIo, [&] { read_image(folder.path()); });
}

TEST(Dicom, ATransferSyntaxWithoutLengthIsRefused) {
  testing::DicomWriter file;
  file.bytes(std::string(128, '\0') + "DICM");
  file.tag(2, 0x10, "UR");
  file.number(0, 2);
  file.number(0xFFFFFFFF, 4);
  const std::string message =
      message_of(ErrorCode::kIo, [&] { check_dicom_file(file.content(), "x.dcm"); });
  EXPECT_EQ(message.find("x.dcm: "), 0U) << message;
}

TEST(Dicom, AnUnknownValueRepresentationIsRefused) {
  testing::DicomWriter file;
  file.bytes(std::string(128, '\0') + "DICM");
  file.text(2, 0x10, "UI", "1.2.840.10008.1.2.1");
  file.text(8, 0x18, "CI", "1.2");
  const std::string message =
      message_of(ErrorCode::kIo, [&] { check_dicom_file(file.content(), "x.dcm"); });
  EXPECT_NE(message.find("value representation"), std::string::npos) << message;
  EXPECT_NE(message.find("'CI'"), std::string::npos) << message;
}

TEST(Dicom, TruncatedFilesAreRefused) {
  const auto folders = series_folders();
  if (folders.empty()) {
    GTEST_SKIP() << "no DICOM data or no ITK";
  }
  for (const auto& source : folders) {
    const TemporaryFolder folder;
    const auto files = copy_series(source, folder.path());
    const auto length = static_cast<double>(std::filesystem::file_size(files[0]));
    for (const double share : {0.99, 0.5, 0.1, 0.01}) {
      std::filesystem::resize_file(files[0], static_cast<std::uintmax_t>(length * share));
      EXPECT_THROW(read_image(files[0]), Error) << files[0] << " " << share;
    }
  }
}

TEST(Dicom, MutantsNeverCrash) {
  const auto folders = series_folders();
  if (folders.empty()) {
    GTEST_SKIP() << "no DICOM data or no ITK";
  }
  RandomStream random({.seed = 9});
  for (const auto& source : folders) {
    const TemporaryFolder folder;
    const auto files = copy_series(source, folder.path());
    const auto good = read_file(files[0]);
    for (int trial = 0; trial < 60; ++trial) {
      auto bytes = good;
      const auto header = std::min<std::int64_t>(3000, static_cast<std::int64_t>(bytes.size()));
      for (std::int64_t change = 1 + random.integer(4); change > 0; --change) {
        bytes[static_cast<std::size_t>(random.integer(header))] =
            static_cast<std::uint8_t>(random.integer(256));
      }
      testing::write_text(files[0], std::string(bytes.begin(), bytes.end()));
      try {
        const Loaded<float> found = read_image(files[0]);
        EXPECT_EQ(static_cast<std::int64_t>(found.volume.voxels.size()),
                  found.volume.geometry.voxel_count());
      } catch (const Error&) {
      }
    }
  }
}

TEST(Dicom, SeriesCanBeWrittenAsNiftiAndComeBack) {
  const auto folders = series_folders();
  if (folders.empty()) {
    GTEST_SKIP() << "no DICOM data or no ITK";
  }
  const TemporaryFolder folder;
  const Loaded<float> loaded = read_image(folders[0]);
  write_image(folder / "a.nii.gz", loaded.volume, loaded.source);
  const Loaded<float> found = read_image(folder / "a.nii.gz");
  EXPECT_EQ(found.volume.voxels, loaded.volume.voxels);
  EXPECT_EQ(difference(found.volume.geometry, loaded.volume.geometry), "");
}

}  // namespace
}  // namespace medcl
