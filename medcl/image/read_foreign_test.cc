// SPDX-License-Identifier: Apache-2.0
#include "medcl/image/read_foreign.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>

#include "medcl/image/itk_bridge.h"
#include "medcl/image/test_support.h"

namespace medcl {
namespace {

using ::testing::HasSubstr;
using testing::message_of;
using testing::TemporaryFolder;

std::string nrrd(const std::string& fields) {
  return "NRRD0004\ntype: uint8\ndimension: 3\nsizes: 2 2 2\nencoding: raw\n" + fields +
         "\n12345678";
}

std::string mha(const std::string& fields) {
  return "ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\n"
         "CompressedData = False\nDimSize = 2 2 2\nElementType = MET_UCHAR\n" +
         fields + "ElementDataFile = LOCAL\n12345678";
}

std::string flat_mha(const std::string& fields) {
  return "ObjectType = Image\nNDims = 2\nBinaryData = True\nBinaryDataByteOrderMSB = False\n"
         "CompressedData = False\nTransformMatrix = 1 0 0 1\nOffset = 0 0\nDimSize = 4 2\n"
         "ElementType = MET_UCHAR\n" +
         fields + "ElementDataFile = LOCAL\n12345678";
}

constexpr const char* kFlatNrrd =
    "NRRD0004\ntype: uint8\ndimension: 2\nsizes: 4 2\nencoding: raw\nspacings: 0.5 0.6\n\n12345678";
constexpr const char* kLps = "space: left-posterior-superior\n";
constexpr const char* kDirections = "space directions: (700,0,0) (0,700,0) (0,0,5000)\n";
constexpr const char* kMatrix = "TransformMatrix = 1 0 0 0 1 0 0 0 1\nOffset = 0 0 0\n";

class ReadForeign : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!itk_is_built_in()) GTEST_SKIP() << "built without ITK";
  }
  Loaded<float> read(const std::string& text, const ReadOptions& options = {}) {
    testing::write_text(file_, text);
    return read_image(file_, options);
  }
  void expect_spacing(const Point3& expected, const std::string& text,
                      const ReadOptions& options = {}) {
    const Point3 found = read(text, options).volume.geometry.spacing_mm();
    for (std::size_t axis = 0; axis < 3; ++axis) {
      EXPECT_NEAR(found[axis], expected[axis], 1e-9) << text;
    }
  }
  TemporaryFolder folder_;
  std::filesystem::path file_ = folder_ / "image";
};

TEST_F(ReadForeign, LengthsInOtherUnitsBecomeMillimetres) {
  const std::string header = kLps + std::string(kDirections);
  expect_spacing({700, 700, 5000}, nrrd(header));
  expect_spacing({700, 700, 5000}, nrrd(header + "space units: \"mm\" \"mm\" \"mm\"\n"));
  for (const char* unit : {"um", "\xc2\xb5m", "microns"}) {
    const std::string quoted = "\"" + std::string(unit) + "\"";
    expect_spacing({0.7, 0.7, 5},
                   nrrd(header + "space units: " + quoted + " " + quoted + " " + quoted + "\n"));
  }
  const std::string spacing = "ElementSpacing = 700 700 5000\n";
  expect_spacing({700, 700, 5000}, mha(kMatrix + spacing));
  expect_spacing({0.7, 0.7, 5}, mha(kMatrix + ("DistanceUnits = um\n" + spacing)));
  expect_spacing({7, 7, 50}, mha(kMatrix + std::string("DistanceUnits = cm\n"
                                                       "ElementSpacing = 0.7 0.7 5\n")));
}

TEST_F(ReadForeign, NoSpacingIsMadeUp) {
  const ReadOptions given{.assume = "spacing", .spacing_mm = Point3{0.5, 0.6, 7}};
  for (const std::string& text : {mha(kMatrix), nrrd(kLps)}) {
    EXPECT_THAT(message_of(ErrorCode::kInvalidData, [&] { read(text); }),
                HasSubstr("import or predict with --spacing X,Y,Z"));
    expect_spacing({0.5, 0.6, 7}, text, given);
  }
  expect_spacing({1, 2, 3}, mha(kMatrix + std::string("ElementSpacing = 1 2 3\n")), given);
}

TEST_F(ReadForeign, ASpacingThatIsGivenIsInMillimetresWhateverTheUnitOfTheFile) {
  expect_spacing({0.5, 0.6, 7}, mha(kMatrix + std::string("DistanceUnits = um\n")),
                 {.spacing_mm = Point3{0.5, 0.6, 7}});
}

TEST_F(ReadForeign, TheThicknessOfATwoDimensionalImageIsGivenOrWarnedOf) {
  const ReadOptions given{.assume = "spacing", .spacing_mm = Point3{9, 9, 3}};
  const auto warned = [](const Loaded<float>& loaded) {
    return std::any_of(loaded.findings.begin(), loaded.findings.end(), [](const Finding& one) {
      return one.id == "no-thickness" && one.severity == Severity::kWarning;
    });
  };
  for (const std::string& text :
       {flat_mha("ElementSpacing = 0.5 0.6\n"),
        flat_mha("DistanceUnits = um\nElementSpacing = 500 600\n"), std::string(kFlatNrrd)}) {
    expect_spacing({0.5, 0.6, 1}, text, {.assume = "spacing"});
    EXPECT_TRUE(warned(read(text, {.assume = "spacing"}))) << text;
    expect_spacing({0.5, 0.6, 3}, text, given);
    EXPECT_FALSE(warned(read(text, given))) << text;
  }
  expect_spacing({9, 9, 3}, flat_mha(""), given);
  EXPECT_FALSE(warned(read(mha(kMatrix + std::string("ElementSpacing = 1 2 3\n")))));
}

TEST_F(ReadForeign, ShearedAxesAreRefusedOrLeftOut) {
  const std::string sheared_nrrd =
      nrrd(kLps + std::string("space directions: (1,0,0) (0.3,1,0) (0,0,2)\n"));
  const std::string sheared_mha =
      mha("TransformMatrix = 1 0 0 0.3 0.95 0 0 0 1\nElementSpacing = 1 1 2\n");
  for (const std::string& text : {sheared_nrrd, sheared_mha}) {
    EXPECT_THAT(message_of(ErrorCode::kInvalidData, [&] { read(text); }),
                HasSubstr("not at right angles"));
    const Loaded<float> assumed = read(text, {.assume = "spacing"});
    EXPECT_FALSE(is_sheared(assumed.volume.geometry.world_from_index));
    EXPECT_EQ(assumed.findings.size(), 1U);
  }
}

TEST_F(ReadForeign, APipeIsRefusedAtOnce) {
  for (const char* name : {"a.nii", "a.nrrd", "a.mha", "a.dcm"}) {
    ASSERT_EQ(::mkfifo((folder_ / name).c_str(), 0600), 0);
    EXPECT_THAT(message_of(ErrorCode::kIo, [&] { read_image(folder_ / name); }),
                HasSubstr("a FIFO"));
  }
}

}  // namespace
}  // namespace medcl
