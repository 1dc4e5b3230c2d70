// SPDX-License-Identifier: Apache-2.0
#include "medcl/image/foreign_header.h"

#include <gtest/gtest.h>

#include "medcl/format/gzip.h"
#include "medcl/image/itk_bridge.h"
#include "medcl/image/test_support.h"
#include "medcl/image/volume_io.h"

namespace medcl {
namespace {

using testing::message_of;

ForeignHeader checked(const std::string& text, ForeignFormat format) {
  return check_foreign_header(
      std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()), format, "file");
}

std::string nrrd(const std::string& extra = "", const std::string& pixels = "12345678") {
  return "NRRD0004\n# note\ntype: uint8\ndimension: 3\nspace: left-posterior-superior\n"
         "sizes: 2 2 2\nspace directions: (1,0,0) (0,1,0) (0,0,2)\nkinds: domain domain domain\n"
         "encoding: raw\nspace origin: (3,4,5)\n" +
         extra + "\n" + pixels;
}

std::string mha(const std::string& extra = "", const std::string& pixels = "12345678",
                const std::string& file = "LOCAL") {
  return "ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\n"
         "CompressedData = False\nTransformMatrix = 1 0 0 0 1 0 0 0 1\nOffset = 3 4 5\n"
         "ElementSpacing = 1 1 2\nDimSize = 2 2 2\nElementType = MET_UCHAR\n" +
         extra + "ElementDataFile = " + file + "\n" + pixels;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

void expect_refused(const std::string& text, ForeignFormat format, const std::string& word) {
  const std::string message = message_of(ErrorCode::kIo, [&] { checked(text, format); });
  EXPECT_NE(message.find(word), std::string::npos) << message;
}

TEST(ForeignHeader, GoodHeadersPass) {
  EXPECT_EQ(checked(nrrd(), ForeignFormat::kNrrd).size, (Size3{2, 2, 2}));
  EXPECT_EQ(checked(mha(), ForeignFormat::kMeta).size, (Size3{2, 2, 2}));
  EXPECT_TRUE(checked(nrrd(), ForeignFormat::kNrrd).names_orientation);
  EXPECT_FALSE(checked(replaced(nrrd(), "space: left-posterior-superior", "space dimension: 3"),
                       ForeignFormat::kNrrd)
                   .names_orientation);
}

TEST(ForeignHeader, OtherFilesAreNeverFollowed) {
  for (const char* line : {"data file: /etc/passwd\n", "datafile: x\n", "Data File: x\n",
                           "datafile:= x\n", "data file: LIST\n", " data file: x\n"}) {
    expect_refused(nrrd(line), ForeignFormat::kNrrd, "another file");
  }
  for (const char* file : {"../../../etc/passwd", "x.raw", "LIST", "x%d.raw 1 2 1", ""}) {
    expect_refused(mha("", "12345678", file), ForeignFormat::kMeta, "another file");
  }
  expect_refused(mha("Comment = ElementDataFile = x\n"), ForeignFormat::kMeta, "hides");
}

TEST(ForeignHeader, PixelsMustHaveExactlyTheDeclaredLength) {
  expect_refused(nrrd("", "1234567"), ForeignFormat::kNrrd, "cut off");
  expect_refused(nrrd("", "123456789"), ForeignFormat::kNrrd, "longer");
  expect_refused(mha("", ""), ForeignFormat::kMeta, "cut off");
  expect_refused(mha("", "123456789"), ForeignFormat::kMeta, "longer");
}

TEST(ForeignHeader, CompressedPixelsMustInflateToTheDeclaredLength) {
  const std::string pixels = "12345678";
  const auto packed = gzip(std::span(reinterpret_cast<const std::uint8_t*>(pixels.data()), 8));
  const std::string data(packed.begin(), packed.end());
  const std::string header = replaced(nrrd("", ""), "encoding: raw", "encoding: gzip");
  EXPECT_NO_THROW(checked(header + data, ForeignFormat::kNrrd));
  for (std::size_t length = 0; length + 1 < data.size(); ++length) {
    EXPECT_THROW(checked(header + data.substr(0, length), ForeignFormat::kNrrd), Error) << length;
  }
  expect_refused(replaced(header, "2 2 2", "2 2 3") + data, ForeignFormat::kNrrd, "cut off");
  expect_refused(replaced(header, "2 2 2", "2 2 1") + data, ForeignFormat::kNrrd, "longer");
}

TEST(ForeignHeader, BadSizesAreRefusedBeforeMemoryIsTaken) {
  for (const char* size :
       {"2 2", "2 2 2 2", "0 2 2", "-1 2 2", "2 2 x", "", "2 2 1e3", "99999999999999999999 1 1"}) {
    EXPECT_THROW(checked(replaced(nrrd(), "sizes: 2 2 2", std::string("sizes: ") + size),
                         ForeignFormat::kNrrd),
                 Error)
        << size;
    EXPECT_THROW(checked(replaced(mha(), "DimSize = 2 2 2", std::string("DimSize = ") + size),
                         ForeignFormat::kMeta),
                 Error)
        << size;
  }
  message_of(ErrorCode::kOutOfResources, [] {
    checked(replaced(mha(), "2 2 2", "1048576 1048576 1048576"), ForeignFormat::kMeta);
  });
  for (const char* rank : {"-1", "0", "1", "4", "17", "3.5", ""}) {
    EXPECT_THROW(
        checked(replaced(mha(), "NDims = 3", std::string("NDims = ") + rank), ForeignFormat::kMeta),
        Error)
        << rank;
    EXPECT_THROW(checked(replaced(nrrd(), "dimension: 3", std::string("dimension: ") + rank),
                         ForeignFormat::kNrrd),
                 Error)
        << rank;
  }
}

TEST(ForeignHeader, NumbersMustBeNumbers) {
  expect_refused(replaced(nrrd(), "(1,0,0)", "(nan,0,0)"), ForeignFormat::kNrrd, "numbers");
  expect_refused(replaced(nrrd(), "(3,4,5)", "(inf,4,5)"), ForeignFormat::kNrrd, "numbers");
  expect_refused(replaced(mha(), "Offset = 3", "Offset = nan"), ForeignFormat::kMeta, "numbers");
  expect_refused(nrrd("sizes: 1 1 8\n"), ForeignFormat::kNrrd, "twice");
  expect_refused(mha("DimSize = 1 1 8\n"), ForeignFormat::kMeta, "twice");
  expect_refused(nrrd("byte skip: -1\n"), ForeignFormat::kNrrd, "byteskip");
  expect_refused(mha("HeaderSize = -1\n"), ForeignFormat::kMeta, "HeaderSize");
  expect_refused(mha("ElementNumberOfChannels = 3\n"), ForeignFormat::kMeta, "Channels");
}

TEST(ForeignHeader, EveryCutOfAFileIsRefused) {
  for (const auto& [text, format] :
       {std::pair(nrrd(), ForeignFormat::kNrrd), std::pair(mha(), ForeignFormat::kMeta)}) {
    for (std::size_t length = 0; length < text.size(); ++length) {
      EXPECT_THROW(checked(text.substr(0, length), format), Error) << length;
    }
  }
}

TEST(ForeignHeader, LeftPosteriorBecomesRightAnterior) {
  if (!itk_is_built_in()) {
    GTEST_SKIP() << "built without ITK";
  }
  const testing::TemporaryFolder folder;
  testing::write_text(folder / "a.nrrd", nrrd());
  testing::write_text(folder / "a.mha", mha());
  const Affine expected{{{-1, 0, 0, -3}, {0, -1, 0, -4}, {0, 0, 2, 5}}};
  for (const char* name : {"a.nrrd", "a.mha"}) {
    const Loaded<float> found = read_image(folder / name);
    EXPECT_LT(testing::largest_difference(found.volume.geometry.world_from_index, expected), 1e-12);
    EXPECT_EQ(found.volume.voxels, (std::vector<float>{'1', '2', '3', '4', '5', '6', '7', '8'}));
  }
  testing::write_text(folder / "a.nrrd",
                      replaced(nrrd(), "left-posterior-superior", "right-anterior-superior"));
  const Affine ras{{{1, 0, 0, 3}, {0, 1, 0, 4}, {0, 0, 2, 5}}};
  EXPECT_LT(testing::largest_difference(
                read_image(folder / "a.nrrd").volume.geometry.world_from_index, ras),
            1e-12);
}

TEST(ForeignHeader, NrrdWithoutAnatomicalSpaceNeedsAssume) {
  if (!itk_is_built_in()) {
    GTEST_SKIP() << "built without ITK";
  }
  const testing::TemporaryFolder folder;
  testing::write_text(folder / "a.nrrd",
                      replaced(nrrd(), "space: left-posterior-superior", "space dimension: 3"));
  message_of(ErrorCode::kInvalidData, [&] { read_image(folder / "a.nrrd"); });
  const auto found = read_image(folder / "a.nrrd", {.assume = "spacing", .limits = {}});
  ASSERT_EQ(found.findings.size(), 1U);
  EXPECT_EQ(found.findings[0].id, "no-orientation");
}

TEST(ForeignHeader, MutantsNeverCrash) {
  if (!itk_is_built_in()) {
    GTEST_SKIP() << "built without ITK";
  }
  const testing::TemporaryFolder folder;
  RandomStream random({.seed = 7});
  for (int trial = 0; trial < 400; ++trial) {
    const bool is_nrrd = trial % 2 == 0;
    std::string text = is_nrrd ? nrrd() : mha();
    for (std::int64_t change = 1 + random.integer(3); change > 0; --change) {
      text[static_cast<std::size_t>(random.integer(static_cast<std::int64_t>(text.size())))] =
          static_cast<char>(random.chance(0.5) ? '0' + random.integer(10) : random.integer(256));
    }
    const auto path = folder / (is_nrrd ? "a.nrrd" : "a.mha");
    testing::write_text(path, text);
    try {
      const Loaded<float> found = read_image(path);
      EXPECT_EQ(static_cast<std::int64_t>(found.volume.voxels.size()),
                found.volume.geometry.voxel_count());
    } catch (const Error&) {
    }
  }
}

}  // namespace
}  // namespace medcl
