// SPDX-License-Identifier: Apache-2.0
#include "medcl/image/picture.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "medcl/core/test_paths.h"
#include "medcl/format/json.h"
#include "medcl/format/png.h"
#include "medcl/image/itk_bridge.h"
#include "medcl/image/test_support.h"

namespace medcl {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::message_of;
using testing::TemporaryFolder;
namespace fs = std::filesystem;

using Bytes = std::vector<std::uint8_t>;

void save(const fs::path& path, const Bytes& bytes) {
  testing::write_text(path, {bytes.begin(), bytes.end()});
}

void little(Bytes& bytes, std::uint32_t value, int count) {
  for (int n = 0; n < count; ++n) bytes.push_back(static_cast<std::uint8_t>(value >> (8 * n)));
}

/// A TIFF of grey pages without compression, one byte for each pixel, written by hand.
Bytes tiff_bytes(std::uint32_t width, std::uint32_t height, const std::vector<Bytes>& pages,
                 std::uint32_t compression = 1) {
  constexpr std::uint32_t kEntries = 9;
  Bytes bytes{'I', 'I', 42, 0};
  little(bytes, 8, 4);
  std::uint32_t at = 8;
  for (std::size_t n = 0; n < pages.size(); ++n) {
    const std::uint32_t data = at + 2 + kEntries * 12 + 4;
    const auto next = static_cast<std::uint32_t>(data + pages[n].size());
    little(bytes, kEntries, 2);
    const std::uint32_t values[kEntries][2] = {
        {256, width},       {257, height}, {258, 8},
        {259, compression}, {262, 1},      {273, data},
        {277, 1},           {278, height}, {279, static_cast<std::uint32_t>(pages[n].size())}};
    for (const auto& [tag, value] : values) {
      little(bytes, tag, 2);
      little(bytes, 4, 2);
      little(bytes, 1, 4);
      little(bytes, value, 4);
    }
    little(bytes, n + 1 < pages.size() ? next : 0, 4);
    bytes.insert(bytes.end(), pages[n].begin(), pages[n].end());
    at = next;
  }
  return bytes;
}

class PictureFile : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!itk_is_built_in()) GTEST_SKIP() << "built without ITK";
  }
  fs::path png(const std::string& name, const Picture& picture) {
    save(folder_ / name, encode_png(picture));
    return folder_ / name;
  }
  TemporaryFolder folder_;
};

TEST_F(PictureFile, OfGreyIsOneSliceWithTheFirstPixelUpperLeft) {
  const fs::path path = png("a.png", {3, 2, 1, {10, 20, 30, 40, 50, 60}});
  const auto channels = read_channels(path, {.spacing_mm = Point3{0.5, 0.25, 2}});
  ASSERT_EQ(channels.size(), 1u);
  EXPECT_THAT(channels[0].volume.voxels, ElementsAre(10, 20, 30, 40, 50, 60));
  EXPECT_EQ(channels[0].volume.geometry.size, (Size3{3, 2, 1}));
  EXPECT_THAT(channels[0].volume.geometry.spacing_mm(), ElementsAre(0.5, 0.25, 2));
  EXPECT_EQ(axis_codes(channels[0].volume.geometry), "LPS");
  EXPECT_TRUE(channels[0].findings.empty());
}

TEST_F(PictureFile, WithoutASizeIsInPixelsAndSaysSo) {
  const auto channels = read_channels(png("a.png", {2, 1, 1, {1, 2}}));
  EXPECT_THAT(channels[0].volume.geometry.spacing_mm(), ElementsAre(1, 1, 1));
  ASSERT_EQ(channels[0].findings.size(), 1u);
  EXPECT_EQ(channels[0].findings[0].id, "no-physical-size");
}

TEST_F(PictureFile, TakesTheSpacingOfTheFileBesideIt) {
  testing::write_text(folder_ / "a.json", R"({"spacing": [5, 0.5, 0.25]})");
  for (const char* name : {"a.png", "a_0000.png"}) {
    const auto channels = read_channels(png(name, {2, 1, 1, {1, 2}}));
    EXPECT_THAT(channels[0].volume.geometry.spacing_mm(), ElementsAre(0.25, 0.5, 5)) << name;
  }
  testing::write_text(folder_ / "a.json", R"({"spacing": [5, 0.5]})");
  EXPECT_THAT(message_of(ErrorCode::kInvalidData, [&] { read_channels(folder_ / "a.png"); }),
              HasSubstr("a.json"));
}

TEST_F(PictureFile, InColoursIsThreeChannelsAndGreyInColoursIsOneImage) {
  const auto channels = read_channels(png("c.png", {2, 1, 3, {1, 2, 3, 4, 5, 6}}));
  ASSERT_EQ(channels.size(), 3u);
  EXPECT_THAT(channels[0].volume.voxels, ElementsAre(1, 4));
  EXPECT_THAT(channels[2].volume.voxels, ElementsAre(3, 6));
  EXPECT_THAT(message_of(ErrorCode::kInvalidData, [&] { read_image(folder_ / "c.png"); }),
              HasSubstr("in colours"));
  const fs::path grey = png("g.png", {2, 1, 3, {7, 7, 7, 9, 9, 9}});
  EXPECT_THAT(read_image(grey).volume.voxels, ElementsAre(7, 9));
  EXPECT_THAT(read_labels(grey).volume.voxels, ElementsAre(7, 9));
}

TEST_F(PictureFile, InAFewColoursIsAMask) {
  const fs::path mask = png("m.png", {2, 2, 3, {0, 0, 0, 255, 128, 0, 0, 0, 255, 0, 0, 0}});
  EXPECT_THAT(read_labels(mask).volume.voxels, ElementsAre(0, 0xff8000, 0x0000ff, 0));
  EXPECT_EQ(colour_name(0xff8000), "#ff8000");
  EXPECT_EQ(colour_name(0x0000ff), "#0000ff");
}

TEST_F(PictureFile, InManyColoursIsNoMask) {
  Picture overlay{65, 1, 3, {}};
  for (std::uint8_t x = 0; x < 65; ++x) overlay.pixels.insert(overlay.pixels.end(), {x, 3, 200});
  const fs::path file = png("o.png", overlay);
  EXPECT_THAT(message_of(ErrorCode::kInvalidData, [&] { read_labels(file); }),
              HasSubstr("more than 64 colours"));
}

/// Files that Pillow wrote, and its values of their pixels.
class PictureOfPillow : public PictureFile {
 protected:
  void SetUp() override {
    PictureFile::SetUp();
    ASSERT_TRUE(fixtures_folder());
    pictures_ = *fixtures_folder() / "pictures";
  }
  fs::path pictures_;
};

TEST_F(PictureOfPillow, HoldsTheSamePixels) {
  const Json expected = read_json(pictures_ / "pixels.json").at("pictures");
  for (const auto& [name, picture] : expected.items()) {
    const auto channels = read_channels(pictures_ / name);
    const auto count = picture.at("channels").get<std::size_t>();
    ASSERT_EQ(channels.size(), count) << name;
    const Size3 size{picture.at("width"), picture.at("height"), picture.at("pages")};
    ASSERT_EQ(channels[0].volume.geometry.size, size) << name;
    const auto values = picture.at("values").get<std::vector<float>>();
    const auto tolerance = picture.at("tolerance").get<float>();  // decoders of JPEG may round
    for (std::size_t v = 0; v < values.size(); ++v) {
      ASSERT_NEAR(channels[v % count].volume.voxels[v / count], values[v], tolerance)
          << name << ", value " << v;
    }
  }
}

TEST_F(PictureOfPillow, ToBeShownTurnedIsReadAsStoredWithAWarning) {
  const auto channels = read_channels(pictures_ / "turned.jpg");
  EXPECT_EQ(channels[0].volume.geometry.size, (Size3{19, 13, 1}));
  const auto warned = [&](const Finding& one) { return one.id == "turned-picture"; };
  EXPECT_TRUE(std::ranges::any_of(channels[0].findings, warned));
}

TEST_F(PictureOfPillow, InInksIsRefused) {
  for (const char* name : {"cmyk.jpg", "cmyk.tif"}) {
    EXPECT_THAT(message_of(ErrorCode::kIo, [&] { read_channels(pictures_ / name); }),
                ::testing::AllOf(HasSubstr(name), HasSubstr("CMYK"), HasSubstr("save it as RGB")));
  }
}

TEST_F(PictureFile, PagesOfATiffAreSlices) {
  save(folder_ / "s.tif", tiff_bytes(2, 2, {{1, 2, 3, 4}, {5, 6, 7, 8}, {9, 10, 11, 12}}));
  const auto channels = read_channels(folder_ / "s.tif", {.spacing_mm = Point3{1, 1, 3}});
  ASSERT_EQ(channels.size(), 1u);
  EXPECT_EQ(channels[0].volume.geometry.size, (Size3{2, 2, 3}));
  EXPECT_THAT(channels[0].volume.voxels, ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12));
}

TEST_F(PictureFile, WithoutItsLastPixelsIsNotFilledUp) {
  Bytes file = tiff_bytes(4, 4, {Bytes(16, 9), Bytes(16, 8)});
  file.resize(file.size() - 6);
  save(folder_ / "s.tif", file);
  EXPECT_THROW(read_channels(folder_ / "s.tif"), Error);
}

TEST_F(PictureFile, OfALossyKindIsNoLabelFile) {
  save(folder_ / "j.tif", tiff_bytes(2, 1, {{1, 2}}, 7));
  EXPECT_THAT(message_of(ErrorCode::kInvalidData, [&] { read_labels(folder_ / "j.tif"); }),
              HasSubstr("compressed with losses"));
}

TEST_F(PictureFile, ThatIsCutOffIsRefusedAtEveryByte) {
  const Bytes png_file = encode_png({4, 3, 1, Bytes(12, 9)});
  const Bytes tiff_file = tiff_bytes(4, 3, {Bytes(12, 9), Bytes(12, 8)});
  for (const auto& [file, format] :
       {std::pair(png_file, PictureFormat::kPng), std::pair(tiff_file, PictureFormat::kTiff)}) {
    EXPECT_NO_THROW(check_picture_header(file, format, "whole"));
    for (std::size_t length = 8; length + 13 < file.size(); ++length) {
      const Bytes part(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(length));
      EXPECT_THROW(check_picture_header(part, format, "part"), Error) << length;
    }
  }
}

TEST(PictureHeader, ClaimsOfAHugeSizeAreRefusedBeforeAnybodyAllocates) {
  Bytes file = encode_png({1, 1, 1, {0}});
  for (const std::size_t at : {16u, 20u}) {  // width and height, big endian
    file[at] = 0x00;
    file[at + 1] = 0x0f;
    file[at + 2] = 0xff;
    file[at + 3] = 0xff;
  }
  EXPECT_THAT(message_of(ErrorCode::kOutOfResources,
                         [&] { check_picture_header(file, PictureFormat::kPng, "huge.png"); }),
              HasSubstr("huge.png"));
  file[16] = 0x7f;
  EXPECT_THAT(message_of(ErrorCode::kIo,
                         [&] { check_picture_header(file, PictureFormat::kPng, "huge.png"); }),
              HasSubstr("a size that cannot be"));
}

TEST(PictureHeader, ATiffWhosePagesRunInACircleIsRefused) {
  Bytes file = tiff_bytes(1, 1, {{7}});
  const std::size_t next = 8 + 2 + 9 * 12;
  file[next] = 8;
  EXPECT_THAT(message_of(ErrorCode::kIo,
                         [&] { check_picture_header(file, PictureFormat::kTiff, "c.tif"); }),
              HasSubstr("in a circle"));
}

TEST(PictureHeader, OfAJpegSaysSizeChannelsAndHowItIsTurned) {
  Bytes file{0xff, 0xd8, 0xff, 0xe1, 0, 34, 'E', 'x', 'i', 'f', 0, 0};
  const Bytes exif{'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0,
                   3,   0,   0, 0,  1, 0, 6, 0, 0, 0, 0,    0,    0};
  file.insert(file.end(), exif.begin(), exif.end());
  const Bytes frame{0xff, 0xc0, 0, 17, 8, 0, 2, 0, 3, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1};
  file.insert(file.end(), frame.begin(), frame.end());
  const Bytes scan{0xff, 0xda, 0, 2, 1, 2, 3, 0xff, 0xd9};
  file.insert(file.end(), scan.begin(), scan.end());
  const PictureHeader header = check_picture_header(file, PictureFormat::kJpeg, "a.jpg");
  EXPECT_EQ(header.size, (Size3{3, 2, 1}));
  EXPECT_EQ(header.channels, 3);
  EXPECT_EQ(header.orientation, 6);
  EXPECT_TRUE(header.is_lossy);
  file.resize(file.size() - 1);
  EXPECT_THROW(check_picture_header(file, PictureFormat::kJpeg, "a.jpg"), Error);
}

}  // namespace
}  // namespace medcl
