// SPDX-License-Identifier: Apache-2.0
#include "medcl/image/dicom_plane.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "medcl/core/file_system.h"
#include "medcl/image/dicom_file.h"
#include "medcl/image/itk_bridge.h"
#include "medcl/image/test_dicom.h"
#include "medcl/image/test_support.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;
using testing::DicomText;
using ::testing::HasSubstr;
using testing::message_of;
using testing::TemporaryFolder;

constexpr std::uint32_t kThickness = 0x00180050, kSliceDistance = 0x00180088;
constexpr std::uint32_t kPosition = 0x00200032, kOrientation = 0x00200037;
constexpr std::uint32_t kPixelSpacing = 0x00280030, kNumber = 0x00200013;

DicomText slice_at(double z_mm, int number = 1) {
  DicomText slice{.position_mm = {1, 2, z_mm}, .number = number};
  slice.spacing_i_mm = 0.7;
  slice.spacing_j_mm = 0.9;
  slice.pixels.assign(12, static_cast<std::uint16_t>(100 + number));
  return slice;
}

class DicomPlane : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!itk_is_built_in()) GTEST_SKIP() << "built without ITK";
  }
  void write(const DicomText& slice, const std::string& name) {
    const auto bytes = testing::dicom_bytes(slice);
    testing::write_text(folder_ / name, std::string(bytes.begin(), bytes.end()));
  }
  /// A stack at these heights, as the texts stand in the files.
  void write_stack(const std::vector<std::string>& heights) {
    for (std::size_t k = 0; k < heights.size(); ++k) {
      DicomText slice = slice_at(0, static_cast<int>(k) + 1);
      slice.texts[kPosition] = "1.0\\2.0\\" + heights[k];
      write(slice, std::to_string(k) + ".dcm");
    }
  }
  /// A stack without positions.
  void write_numbered(const std::vector<int>& numbers, const std::optional<std::string>& text = {},
                      bool without_number = false) {
    for (std::size_t k = 0; k < numbers.size(); ++k) {
      DicomText slice = slice_at(0, numbers[k]);
      slice.texts[kPosition] = std::nullopt;
      if (text || without_number) slice.texts[kNumber] = text;
      write(slice, std::to_string(k) + ".dcm");
    }
  }
  [[nodiscard]] Point3 spacing(const ReadOptions& options = {}) const {
    return read_image(folder_.path(), options).volume.geometry.spacing_mm();
  }
  [[nodiscard]] std::string refusal(const ReadOptions& options = {}) const {
    return message_of(ErrorCode::kIo, [&] { read_image(folder_.path(), options); });
  }
  TemporaryFolder folder_;
};

TEST(DicomNumbers, AreDecimalAndOfTheRightCount) {
  EXPECT_EQ(dicom_numbers("0.8\\ 1.5e0 ", 2), (std::vector<double>{0.8, 1.5}));
  EXPECT_EQ(dicom_numbers("+3", 1), (std::vector<double>{3}));
  for (const char* text : {"", "0.8", "0.8\\", "1\\2\\3", "1,5\\1,5", "nan\\1", "inf\\1", "a\\b",
                           "1 2\\3", "0x1\\2"}) {
    EXPECT_FALSE(dicom_numbers(text, 2)) << text;
  }
}

TEST_F(DicomPlane, SpacingComesFromTheTags) {
  write(slice_at(3), "a.dcm");
  const Point3 found = spacing();
  EXPECT_NEAR(found[0], 0.7, 1e-9);
  EXPECT_NEAR(found[1], 0.9, 1e-9);
  EXPECT_NEAR(found[2], 5, 1e-9);
}

TEST_F(DicomPlane, NoPixelSizeIsMadeUp) {
  for (const auto& text :
       {std::optional<std::string>(), std::optional<std::string>(""),
        std::optional<std::string>("0\\0"), std::optional<std::string>("1,5\\1,5"),
        std::optional<std::string>("1"), std::optional<std::string>("-1\\1")}) {
    DicomText slice = slice_at(3);
    slice.texts[kPixelSpacing] = text;
    write(slice, "a.dcm");
    const std::string message = refusal();
    EXPECT_THAT(message, HasSubstr("PixelSpacing (0028,0030)"));
    EXPECT_THAT(message, HasSubstr("import or predict with --spacing X,Y,Z"));
    EXPECT_THAT(message, HasSubstr("a.dcm"));
    const Point3 given = spacing({.spacing_mm = Point3{0.5, 0.6, 7}});
    EXPECT_NEAR(given[0], 0.5, 1e-9);
    EXPECT_NEAR(given[1], 0.6, 1e-9);
    EXPECT_NEAR(given[2], 5, 1e-9) << "the file says it";
  }
}

TEST_F(DicomPlane, TheThicknessOfASingleSliceIsReadOrAsked) {
  DicomText slice = slice_at(3);
  slice.texts[kSliceDistance] = std::nullopt;
  slice.texts[kThickness] = "2.5";
  write(slice, "a.dcm");
  EXPECT_NEAR(spacing()[2], 2.5, 1e-9);
  slice.texts[kThickness] = std::nullopt;
  write(slice, "a.dcm");
  EXPECT_THAT(refusal(), HasSubstr("SliceThickness (0018,0050)"));
  EXPECT_NEAR(spacing({.spacing_mm = Point3{1, 1, 4}})[2], 4, 1e-9);
}

TEST_F(DicomPlane, NoOrientationIsMadeUp) {
  for (const char* text :
       {"", "1\\0\\0\\0\\1", "0\\0\\0\\0\\0\\0", "1\\0\\0\\1\\0\\0", "1,0\\0\\0\\0\\1\\0"}) {
    DicomText slice = slice_at(3);
    slice.texts[kOrientation] = text;
    write(slice, "a.dcm");
    EXPECT_THAT(refusal(), HasSubstr("ImageOrientationPatient (0020,0037)")) << text;
    EXPECT_EQ(axis_codes(read_image(folder_.path(), {.assume = "spacing"}).volume.geometry), "RAS");
  }
}

TEST_F(DicomPlane, SlicesWithoutPositionAreOrderedByNumberOnlyWhenAsked) {
  for (const int number : {3, 1, 2}) {
    DicomText slice = slice_at(0, number);
    slice.texts[kPosition] = std::nullopt;
    write(slice, std::to_string(7 - number) + ".dcm");
  }
  EXPECT_THAT(refusal(), HasSubstr("ImagePositionPatient (0020,0032)"));
  EXPECT_THAT(refusal(), HasSubstr("InstanceNumber"));
  const Loaded<float> loaded =
      read_image(folder_.path(), {.assume = "spacing", .spacing_mm = Point3{1, 1, 3}});
  EXPECT_EQ(loaded.volume.geometry.size[2], 3);
  EXPECT_EQ(loaded.volume.slice(0)[0], 101);
  EXPECT_EQ(loaded.volume.slice(2)[0], 103);
}

TEST_F(DicomPlane, SlicesWithoutPositionLieAsFarApartAsWasSaidWhateverTheStepOfTheirNumbers) {
  for (const std::vector<int>& numbers :
       {std::vector{9, 4}, std::vector{5, 1, 3}, std::vector{1, 9, 17, 25}}) {
    write_numbered(numbers);
    const Loaded<float> loaded =
        read_image(folder_.path(), {.assume = "spacing", .spacing_mm = Point3{1, 1, 3}});
    EXPECT_NEAR(loaded.volume.geometry.spacing_mm()[2], 3, 1e-9) << "the thickness is 5 mm";
    std::vector<int> sorted = numbers;
    std::sort(sorted.begin(), sorted.end());
    for (std::size_t k = 0; k < sorted.size(); ++k) {
      EXPECT_EQ(loaded.volume.slice(static_cast<std::int64_t>(k))[0],
                static_cast<float>(100 + sorted[k]));
    }
  }
}

TEST_F(DicomPlane, NumbersThatLeaveAGapAreRefusedByName) {
  const ReadOptions given{.assume = "spacing", .spacing_mm = Point3{1, 1, 3}};
  write_numbered({1, 4, 2});
  EXPECT_THAT(refusal(given), HasSubstr("InstanceNumber 1, 2, 4"));
  write_numbered({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13});
  EXPECT_THAT(refusal(given), HasSubstr("InstanceNumber ..., 7, 8, 9, 10, 12, 13)"));
}

TEST_F(DicomPlane, NumbersThatDoNotTellSlicesApartAreNoDuplicates) {
  const ReadOptions given{.assume = "spacing", .spacing_mm = Point3{1, 1, 3}};
  const std::string neither =
      "neither ImagePositionPatient (0020,0032) nor a usable InstanceNumber (0020,0013)";
  write_numbered({7, 7, 7});
  EXPECT_THAT(refusal(given), HasSubstr(neither));
  EXPECT_THAT(refusal(given), HasSubstr("InstanceNumber 7 in all 3 files"));
  write_numbered({1, 2, 3}, std::nullopt, true);
  EXPECT_THAT(refusal(given), HasSubstr(neither));
  EXPECT_THAT(refusal(given), HasSubstr("no InstanceNumber"));
  write_numbered({1, 2, 3}, "first");
  EXPECT_THAT(refusal(given), HasSubstr("InstanceNumber 'first'"));
}

TEST_F(DicomPlane, TheThicknessIsNotTakenForTheDistanceOfSlicesWithoutPosition) {
  for (const int number : {1, 2, 3}) {
    DicomText slice = slice_at(0, number);
    slice.texts[kPosition] = slice.texts[kOrientation] = std::nullopt;
    write(slice, std::to_string(number) + ".dcm");
  }
  EXPECT_THAT(refusal({.assume = "spacing"}), HasSubstr("ImagePositionPatient (0020,0032)"));
  EXPECT_THAT(refusal({.assume = "spacing"}), HasSubstr("--spacing X,Y,Z"));
  EXPECT_NEAR(spacing({.assume = "spacing", .spacing_mm = Point3{1, 1, 3}})[2], 3, 1e-9);
}

TEST_F(DicomPlane, SlicesWithAndWithoutPositionAreNotMixed) {
  write_numbered({1, 2});
  write(slice_at(5, 3), "z.dcm");
  EXPECT_THAT(refusal({.assume = "spacing", .spacing_mm = Point3{1, 1, 3}}),
              HasSubstr("other slices of the series have it"));
}

TEST_F(DicomPlane, PositionsThatWereRoundedAreEven) {
  write_stack({"0.0", "0.6", "1.3", "1.9", "2.5", "3.1", "3.8"});  // every 0.625 mm
  const Loaded<float> loaded = read_image(folder_.path());
  EXPECT_NEAR(loaded.volume.geometry.spacing_mm()[2], 3.8 / 6, 1e-9);
  ASSERT_EQ(loaded.findings.size(), 1U);
  EXPECT_EQ(loaded.findings[0].id, "rounded-positions");
}

TEST_F(DicomPlane, RoundingDoesNotHideAMissingOrMisplacedSlice) {
  write_stack({"0.0", "0.6", "1.3", "2.5", "3.1", "3.8"});
  EXPECT_THAT(refusal(), HasSubstr("missing slice"));
  write_stack({"0", "5", "10", "17", "22", "27"});
  EXPECT_THAT(refusal(), HasSubstr("slices are unevenly spaced"));
}

TEST_F(DicomPlane, DuplicatesAreCopiesOrOtherImages) {
  write(slice_at(0, 1), "a.dcm");
  write(slice_at(5, 2), "b.dcm");
  write(slice_at(5, 2), "c.dcm");
  EXPECT_THAT(refusal(), HasSubstr("the file is there twice"));
  write(slice_at(5, 3), "c.dcm");
  EXPECT_THAT(refusal(), HasSubstr("several images of one position"));
}

TEST_F(DicomPlane, AStackWithASeriesForEachSliceIsOfferedAsOne) {
  for (const int number : {1, 2, 3}) {
    DicomText slice = slice_at(5.0 * number, number);
    slice.series_uid += "." + std::to_string(number);
    write(slice, std::to_string(number) + ".dcm");
  }
  EXPECT_THAT(refusal(), HasSubstr("--merge-series"));
  EXPECT_EQ(read_image(folder_.path(), {.merge_series = true}).volume.geometry.size[2], 3);
  EXPECT_EQ(read_image(folder_.path(), {.series = ".10.1.2"}).volume.slice(0)[0], 102);
  EXPECT_THAT(refusal({.series = "9.9"}), HasSubstr("9.9"));
}

TEST_F(DicomPlane, AFileThatCannotBeReadCostsThatFileOnly) {
  write(slice_at(0, 1), "a.dcm");
  write(slice_at(5, 2), "b.dcm");
  auto broken = testing::dicom_bytes(slice_at(10, 3));
  broken.resize(broken.size() - 10);
  testing::write_text(folder_ / "c.dcm", std::string(broken.begin(), broken.end()));
  const Loaded<float> loaded = read_image(folder_.path());
  EXPECT_EQ(loaded.volume.geometry.size[2], 2);
  ASSERT_EQ(loaded.findings.size(), 1U);
  EXPECT_EQ(loaded.findings[0].id, "file-unreadable");
  EXPECT_THAT(loaded.findings[0].problem.where, HasSubstr("c.dcm"));
}

TEST_F(DicomPlane, AFileWithoutPreambleIsCalledSo) {
  const auto bytes = testing::dicom_bytes(slice_at(0));
  testing::write_text(folder_ / "bare.dcm", std::string(bytes.begin() + 132, bytes.end()));
  EXPECT_THAT(refusal(), HasSubstr("without the preamble"));
  EXPECT_THAT(message_of(ErrorCode::kIo, [&] { read_image(folder_ / "bare.dcm"); }),
              HasSubstr("without the preamble"));
}

/// An element (0021,1001) of type UN and undefined length, whose items are implicit little endian.
std::vector<std::uint8_t> unknown_element(int depth) {
  testing::DicomWriter element;
  const auto implicit = [&](std::uint32_t group, std::uint32_t number, std::uint32_t length) {
    element.number(group, 2);
    element.number(number, 2);
    element.number(length, 4);
  };
  element.tag(0x21, 0x1001, "UN");
  element.number(0, 2);
  element.number(0xFFFFFFFF, 4);
  for (int level = 0; level < depth; ++level) {
    implicit(0xFFFE, 0xE000, 0xFFFFFFFF);
    implicit(0x21, 0x1002, 4);
    element.bytes("text");
    if (level + 1 < depth) implicit(0x21, 0x1003, 0xFFFFFFFF);
  }
  for (int level = 0; level < depth; ++level) {
    implicit(0xFFFE, 0xE00D, 0);
    implicit(0xFFFE, 0xE0DD, 0);
  }
  return element.content();
}

TEST_F(DicomPlane, ElementsOfUnknownTypeAndUndefinedLengthAreRead) {
  for (const int depth : {1, 2, 5}) {
    DicomText slice = slice_at(0);
    slice.before_image = unknown_element(depth);
    write(slice, "a.dcm");
    EXPECT_EQ(read_image(folder_ / "a.dcm").volume.voxels, std::vector<float>(12, 101)) << depth;
  }
  const auto bytes = [&] {
    DicomText slice = slice_at(0);
    slice.before_image = unknown_element(40);
    return testing::dicom_bytes(slice);
  }();
  EXPECT_THAT(message_of(ErrorCode::kIo, [&] { check_dicom_file(bytes, "x"); }),
              HasSubstr("nested too deeply"));
}

}  // namespace
}  // namespace medcl
