// SPDX-License-Identifier: Apache-2.0
#include "medcl/format/nifti.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "medcl/core/atomic_file.h"
#include "medcl/core/error.h"
#include "medcl/core/random.h"
#include "medcl/core/test_folder.h"
#include "medcl/core/test_paths.h"
#include "medcl/format/gzip.h"
#include "medcl/format/nifti_pieces.h"

namespace medcl {
namespace {

constexpr std::array<NiftiType, 10> kAllTypes = {
    NiftiType::kUint8,   NiftiType::kInt8,   NiftiType::kInt16, NiftiType::kUint16,
    NiftiType::kInt32,   NiftiType::kUint32, NiftiType::kInt64, NiftiType::kUint64,
    NiftiType::kFloat32, NiftiType::kFloat64};

std::pair<double, double> range_of(NiftiType type) {
  switch (type) {
    case NiftiType::kUint8:
      return {0, 255};
    case NiftiType::kInt8:
      return {-128, 127};
    case NiftiType::kInt16:
      return {-32768, 32767};
    case NiftiType::kUint16:
      return {0, 65535};
    case NiftiType::kUint32:
    case NiftiType::kUint64:
      return {0, 16777216};
    default:
      return {-16777216, 16777216};
  }
}

// Numbers that both header versions hold exactly.
NiftiHeader random_header(RandomStream& stream) {
  NiftiHeader header;
  header.version = stream.chance(0.5) ? 1 : 2;
  header.big_endian = stream.chance(0.5);
  const std::int64_t rank = 1 + stream.integer(4);
  header.dim = {rank, 1, 1, 1, 1, 1, 1, 1};
  header.pixdim.fill(1);
  for (std::size_t i = 1; i <= static_cast<std::size_t>(rank); ++i) {
    header.dim[i] = 1 + stream.integer(6);
    header.pixdim[i] = 0.25 * static_cast<double>(1 + stream.integer(30));
  }
  const auto number = [&] { return 0.125 * static_cast<double>(stream.integer(2000) - 1000); };
  header.pixdim[0] = stream.chance(0.5) ? 1 : -1;
  header.qform_code = static_cast<int>(stream.integer(5));
  header.sform_code = static_cast<int>(stream.integer(5));
  header.quaternion_bcd = {0.5, -0.25, 0.125};
  for (double& value : header.qoffset_mm) value = number();
  for (auto& row : header.srow) {
    for (double& value : row) value = number();
  }
  header.xyzt_units = 2;
  header.description = "made by a test";
  return header;
}

std::vector<float> random_voxels(RandomStream& stream, const NiftiHeader& header, NiftiType type) {
  std::size_t count = 1;
  for (std::size_t i = 1; i <= static_cast<std::size_t>(header.dim[0]); ++i) {
    count *= static_cast<std::size_t>(header.dim[i]);
  }
  const auto [low, high] = range_of(type);
  const bool whole = type != NiftiType::kFloat32 && type != NiftiType::kFloat64;
  std::vector<float> voxels(count);
  for (float& voxel : voxels) {
    const double value = stream.chance(0.1)   ? low
                         : stream.chance(0.1) ? high
                                              : stream.uniform(low, high);
    voxel = static_cast<float>(whole ? std::floor(value) : value);
  }
  return voxels;
}

void expect_same_geometry(const NiftiHeader& a, const NiftiHeader& b) {
  EXPECT_EQ(a.version, b.version);
  EXPECT_EQ(a.big_endian, b.big_endian);
  EXPECT_EQ(a.dim, b.dim);
  EXPECT_EQ(a.pixdim, b.pixdim);
  EXPECT_EQ(a.qform_code, b.qform_code);
  EXPECT_EQ(a.sform_code, b.sform_code);
  EXPECT_EQ(a.quaternion_bcd, b.quaternion_bcd);
  EXPECT_EQ(a.qoffset_mm, b.qoffset_mm);
  EXPECT_EQ(a.srow, b.srow);
  EXPECT_EQ(a.xyzt_units, b.xyzt_units);
  EXPECT_EQ(a.description, b.description);
}

TEST(Nifti, RoundTripsEveryTypeVersionByteOrderAndCompression) {
  const TestFolder folder;
  RandomStream stream({.seed = 20});
  for (int round = 0; round < 12; ++round) {
    for (const NiftiType type : kAllTypes) {
      const NiftiHeader header = random_header(stream);
      const std::vector<float> voxels = random_voxels(stream, header, type);
      const auto path = folder / (stream.chance(0.5) ? "x.nii" : "x.nii.gz");
      write_nifti(path, header, voxels, type);
      EXPECT_EQ(looks_like_gzip(read_file(path)), path.extension() == ".gz");
      const NiftiImage image = read_nifti(path);
      expect_same_geometry(image.header, header);
      EXPECT_EQ(image.header.datatype, type);
      EXPECT_EQ(image.voxels, voxels);
      const NiftiHeader alone = read_nifti_header(path);
      expect_same_geometry(alone, header);
      EXPECT_EQ(alone.raw, image.header.raw);
    }
  }
}

TEST(Nifti, WritingLikeAnImageKeepsEveryOtherHeaderByteAndExtension) {
  const TestFolder folder;
  RandomStream stream({.seed = 21});
  for (const int version : {1, 2}) {
    for (const bool big_endian : {false, true}) {
      NiftiHeader header = random_header(stream);
      header.version = version;
      header.big_endian = big_endian;
      const std::vector<float> voxels = random_voxels(stream, header, NiftiType::kInt16);
      write_nifti(folder / "a.nii", header, voxels, NiftiType::kInt16);
      std::vector<std::uint8_t> bytes = read_file(folder / "a.nii");
      const std::size_t start = version == 1 ? 352 : 544;
      // intent_name and an extension of 32 bytes, which only a copy of the bytes can keep
      const std::size_t intent = version == 1 ? 328 : 508;
      std::fill_n(bytes.begin() + static_cast<long>(intent), 8, std::uint8_t{'q'});
      std::vector<std::uint8_t> extension(32, 'e');
      for (std::size_t i = 0; i < 8; ++i) extension[i] = 0;
      extension[big_endian ? 3 : 0] = 32;
      bytes[start - 4] = 1;
      bytes.insert(bytes.begin() + static_cast<long>(start), extension.begin(), extension.end());
      NiftiHeader like = header;
      like.raw.assign(bytes.begin(), bytes.begin() + static_cast<long>(start + 32));
      write_nifti(folder / "b.nii", like, voxels, NiftiType::kInt16);
      const NiftiImage b = read_nifti(folder / "b.nii");
      EXPECT_EQ(b.header.raw.size(), start + 32);
      write_nifti(folder / "c.nii.gz", b.header, voxels, NiftiType::kInt64);
      const NiftiImage c = read_nifti(folder / "c.nii.gz");
      EXPECT_EQ(c.header.datatype, NiftiType::kInt64);
      std::size_t different = 0;
      for (std::size_t i = 0; i < start + 32; ++i) {
        different += b.header.raw[i] != c.header.raw[i] ? 1 : 0;
      }
      EXPECT_LE(different, 4U);  // datatype and bitpix
      EXPECT_TRUE(std::equal(extension.begin(), extension.end(),
                             c.header.raw.begin() + static_cast<long>(start)));
      EXPECT_EQ(c.header.raw[intent], 'q');
    }
  }
}

TEST(Nifti, WritingAnotherSizePatchesDim) {
  const TestFolder folder;
  NiftiHeader header;
  header.dim = {4, 2, 2, 2, 3};
  header.pixdim = {1, 1, 1, 1, 1};
  write_nifti(folder / "a.nii", header, std::vector<float>(24), NiftiType::kUint8);
  NiftiHeader like = read_nifti_header(folder / "a.nii");
  like.dim = {3, 2, 2, 2};
  write_nifti(folder / "b.nii", like, std::vector<float>(8, 1), NiftiType::kUint8);
  EXPECT_EQ(read_nifti_header(folder / "b.nii").dim,
            (std::array<std::int64_t, 8>{3, 2, 2, 2, 1, 1, 1, 1}));
}

TEST(Nifti, WriterRefusesValuesOutsideTheType) {
  const TestFolder folder;
  NiftiHeader header;
  header.dim = {1, 1};
  header.pixdim = {1, 1};
  const auto refused = [&](float value, NiftiType type) {
    try {
      write_nifti(folder / "a.nii", header, std::vector<float>{value}, type);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kFailure);
      EXPECT_PRED_FORMAT2(::testing::IsSubstring, "voxel 0", error.what());
      return true;
    }
    return false;
  };
  for (const NiftiType type : kAllTypes) {
    const bool floating = type == NiftiType::kFloat32 || type == NiftiType::kFloat64;
    for (const float value : {0.5F, NAN, INFINITY, 1e30F}) {
      EXPECT_NE(refused(value, type), floating) << static_cast<int>(type) << " " << value;
    }
  }
  EXPECT_TRUE(refused(256, NiftiType::kUint8));
  EXPECT_TRUE(refused(-1, NiftiType::kUint64));
  EXPECT_TRUE(refused(-129, NiftiType::kInt8));
  EXPECT_TRUE(refused(0x1p63F, NiftiType::kInt64));
  EXPECT_FALSE(refused(-0x1p63F, NiftiType::kInt64));
  EXPECT_FALSE(refused(0x1p63F, NiftiType::kUint64));
  header.dim[1] = 2;
  EXPECT_THROW(write_nifti(folder / "a.nii", header, std::vector<float>{1}, NiftiType::kUint8),
               Error);
  header.dim[1] = 40000;
  EXPECT_THROW(write_nifti(folder / "a.nii", header, std::vector<float>(40000), NiftiType::kUint8),
               Error);
}

TEST(Nifti, KeepsNonFiniteVoxelsForTheChecksOfTheDataSet) {
  const TestFolder folder;
  NiftiHeader header;
  header.dim = {1, 3};
  header.pixdim = {1, 1};
  write_nifti(folder / "a.nii", header, std::vector<float>{NAN, INFINITY, 1}, NiftiType::kFloat64);
  const NiftiImage image = read_nifti(folder / "a.nii");
  EXPECT_TRUE(std::isnan(image.voxels[0]));
  EXPECT_TRUE(std::isinf(image.voxels[1]));
  EXPECT_EQ(image.voxels[2], 1);
}

TEST(Nifti, AppliesTheSlopeOfARealScan) {
  const auto data = data_folder();
  if (!data) GTEST_SKIP() << "data are absent";
  const auto path = *data / "mscmr/train/images/subject20_DE.nii.gz";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is absent";
  const NiftiImage image = read_nifti(path);
  EXPECT_EQ(image.header.dim, (std::array<std::int64_t, 8>{3, 480, 480, 16, 1, 1, 1, 1}));
  EXPECT_EQ(image.header.datatype, NiftiType::kInt16);
  EXPECT_NEAR(image.header.scl_slope, 4.626, 0.001);
  const auto [low, high] = std::minmax_element(image.voxels.begin(), image.voxels.end());
  EXPECT_EQ(*low, 0);
  EXPECT_NEAR(*high, 3761, 0.5);
  EXPECT_EQ(read_nifti_header(path).raw, image.header.raw);
}

TEST(Nifti, PiecesGiveTheVoxelsOfTheWholeAndNoticeWhatIsMissing) {
  const TestFolder folder;
  NiftiHeader header;
  header.dim = {3, 101, 97, 23};
  header.pixdim = {1, 1, 1, 1};
  RandomStream stream({.seed = 21});
  std::vector<float> voxels(101 * 97 * 23);
  for (float& voxel : voxels) voxel = static_cast<float>(stream.integer(1000));
  for (const char* name : {"a.nii", "a.nii.gz"}) {
    const auto path = folder / name;
    write_nifti(path, header, voxels, NiftiType::kInt16);
    std::vector<float> pieces;
    std::size_t calls = 0;
    const auto collect = [&](const NiftiHeader& known, std::span<const float> piece) {
      EXPECT_EQ(known.dim[1], 101);
      pieces.insert(pieces.end(), piece.begin(), piece.end());
      ++calls;
    };
    read_nifti_pieces(path, {}, collect);
    EXPECT_EQ(pieces, voxels);
    EXPECT_GT(calls, 1U);
    EXPECT_EQ(read_nifti(path).voxels, voxels);
    std::vector<std::uint8_t> bytes = read_file(path);
    const std::vector<std::uint8_t> plain =
        looks_like_gzip(bytes) ? gunzip(bytes, 1 << 24, name) : bytes;
    for (const std::int64_t change : {-1, -70000, 16}) {
      auto other = plain;
      other.resize(static_cast<std::size_t>(static_cast<std::int64_t>(plain.size()) + change), 1);
      EXPECT_THROW(parse_nifti(looks_like_gzip(bytes) ? gzip(other) : other, name), Error)
          << name << change;
    }
  }
}

TEST(Nifti, LimitIsOutOfResources) {
  const TestFolder folder;
  NiftiHeader header;
  header.dim = {3, 10, 10, 10};
  header.pixdim = {1, 1, 1, 1};
  for (const char* name : {"a.nii", "a.nii.gz"}) {
    write_nifti(folder / name, header, std::vector<float>(1000), NiftiType::kUint8);
    EXPECT_EQ(read_nifti(folder / name, {.max_bytes = 4000}).voxels.size(), 1000U);
    try {
      (void)read_nifti(folder / name, {.max_bytes = 3999});
      FAIL();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kOutOfResources);
    }
  }
}

}  // namespace
}  // namespace medcl
