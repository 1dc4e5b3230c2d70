// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <malloc.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <limits>
#include <new>

#include "medcl/core/error.h"
#include "medcl/core/file_system.h"
#include "medcl/core/random.h"
#include "medcl/core/test_folder.h"
#include "medcl/format/gzip.h"
#include "medcl/format/nifti.h"
#include "medcl/format/nifti_layout.h"

namespace {

// Bytes that live on the heap, counted for the promise about memory below.
std::size_t live_bytes = 0, peak_bytes = 0;

std::size_t start_peak() { return peak_bytes = live_bytes; }

}  // namespace

// Not inlined: the compiler would take the pairs new/free and malloc/delete for mistakes.
[[gnu::noinline]] void* operator new(std::size_t size) {
  void* place = std::malloc(size);
  if (place == nullptr) throw std::bad_alloc();
  live_bytes += ::malloc_usable_size(place);
  peak_bytes = std::max(peak_bytes, live_bytes);
  return place;
}
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t& /*none*/) noexcept {
  try {
    return operator new(size);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}
[[gnu::noinline]] void operator delete(void* place) noexcept {
  live_bytes -= ::malloc_usable_size(place);
  std::free(place);
}
void operator delete(void* place, std::size_t) noexcept { operator delete(place); }

namespace medcl {
namespace {

using Bytes = std::vector<std::uint8_t>;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

/// A sound 4x3x2 int16 file that a case then spoils.
struct Crafted {
  int version;
  bool big_endian;
  Bytes bytes;

  explicit Crafted(int version_in, bool big_endian_in)
      : version(version_in), big_endian(big_endian_in) {
    const TestFolder folder;
    NiftiHeader header;
    header.version = version;
    header.big_endian = big_endian;
    header.dim = {3, 4, 3, 2};
    header.pixdim = {1, 1, 1, 5};
    header.qform_code = header.sform_code = 1;
    header.srow = {{{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 5, 0}}};
    std::vector<float> voxels(24);
    for (std::size_t i = 0; i < voxels.size(); ++i) voxels[i] = static_cast<float>(i + 1);
    write_nifti(folder / "a.nii", header, voxels, NiftiType::kInt16);
    bytes = read_file(folder / "a.nii");
  }
  [[nodiscard]] const nifti::Layout& layout() const { return nifti::layout_of(version); }
  [[nodiscard]] bool is_float(nifti::Field field) const {
    return field.kind == nifti::Kind::kFloat32 || field.kind == nifti::Kind::kFloat64;
  }
  void put(nifti::Field field, std::size_t index, double value) {
    if (is_float(field)) {
      nifti::put_number(bytes, field, big_endian, index, value);
    } else {
      const std::size_t size = nifti::size_of(field.kind);
      nifti::store(bytes.data() + field.offset + index * size, size, big_endian,
                   static_cast<std::uint64_t>(static_cast<std::int64_t>(value)));
    }
  }
};

const Crafted& sound(int version, bool big_endian) {
  static const std::array<Crafted, 4> kSound = {Crafted(1, false), Crafted(1, true),
                                                Crafted(2, false), Crafted(2, true)};
  return kSound[static_cast<std::size_t>(2 * (version - 1) + (big_endian ? 1 : 0))];
}

// Without the fsync of write_atomically, which would dominate the time of these tests.
void write_bytes(const std::filesystem::path& path, const Bytes& bytes) {
  FileSystem::get().remove(path);
  const auto file = FileSystem::get().create(path);
  file->append(bytes);
  file->close();
}

struct Case {
  const char* name;
  std::function<void(Crafted&)> spoil;
  const char* named;  ///< part of the message
};

using L = nifti::Layout;
auto set(nifti::Field L::*field, std::size_t index, double value) {
  return [=](Crafted& c) { c.put(c.layout().*field, index, value); };
}

const std::vector<Case> kCases = {
    {"empty", [](Crafted& c) { c.bytes.clear(); }, "an empty file"},
    {"cut in the header", [](Crafted& c) { c.bytes.resize(300); }, "sizeof_hdr"},
    {"cut behind the header", [](Crafted& c) { c.bytes.resize(c.layout().header_bytes); },
     "vox_offset"},
    {"no voxels", [](Crafted& c) { c.bytes.resize(c.layout().header_bytes + 4); }, "dim"},
    {"half the voxels", [](Crafted& c) { c.bytes.resize(c.bytes.size() - 24); }, "dim"},
    {"one byte short", [](Crafted& c) { c.bytes.pop_back(); }, "dim"},
    {"one byte long", [](Crafted& c) { c.bytes.push_back(1); }, "dim"},
    {"16 zeros long", [](Crafted& c) { c.bytes.resize(c.bytes.size() + 16); }, "dim"},
    {"text file", [](Crafted& c) { c.bytes.assign(1000, 'x'); }, "a text file"},
    {"sizeof_hdr 0", [](Crafted& c) { nifti::store(c.bytes.data(), 4, false, 0); }, "sizeof_hdr"},
    {"no magic", [](Crafted& c) { c.bytes[c.layout().magic] = 0; }, "magic"},
    {"pair magic", [](Crafted& c) { c.bytes[c.layout().magic + 1] = 'i'; }, ".hdr and .img"},
    {"dim[0] 0", set(&L::dim, 0, 0), "dim[0]"},
    {"dim[0] 8", set(&L::dim, 0, 8), "dim[0]"},
    {"dim[0] negative", set(&L::dim, 0, -1), "dim[0]"},
    {"dim[1] 0", set(&L::dim, 1, 0), "dim[1]"},
    {"dim[3] negative", set(&L::dim, 3, -2), "dim[3]"},
    {"dim too large for the file", set(&L::dim, 2, 30000), "dim"},
    {"dim too small for the file", set(&L::dim, 3, 1), "dim"},
    {"datatype 0", set(&L::datatype, 0, 0), "datatype"},
    {"datatype 3", set(&L::datatype, 0, 3), "datatype"},
    {"datatype RGB", set(&L::datatype, 0, 128), "colour"},
    {"datatype RGBA", set(&L::datatype, 0, 2304), "colour"},
    {"datatype complex", set(&L::datatype, 0, 32), "complex"},
    {"datatype float128", set(&L::datatype, 0, 1536), "datatype"},
    {"bitpix 8", set(&L::bitpix, 0, 8), "bitpix"},
    {"bitpix negative", set(&L::bitpix, 0, -16), "bitpix"},
    {"vox_offset 0", set(&L::vox_offset, 0, 0), "vox_offset"},
    {"vox_offset in the header", set(&L::vox_offset, 0, 100), "vox_offset"},
    {"vox_offset behind the file", set(&L::vox_offset, 0, 1e6), "vox_offset"},
    {"vox_offset 1 GB", set(&L::vox_offset, 0, 1e9), "vox_offset"},
    {"vox_offset negative", set(&L::vox_offset, 0, -352), "vox_offset"},
    {"pixdim[1] NaN", set(&L::pixdim, 1, kNan), "pixdim[1]"},
    {"pixdim[2] Inf", set(&L::pixdim, 2, kInf), "pixdim[2]"},
    {"pixdim[3] 0", set(&L::pixdim, 3, 0), "pixdim[3]"},
    {"pixdim[3] 0", set(&L::pixdim, 3, 0), "import or predict with --spacing X,Y,Z"},
    {"pixdim[3] negative", set(&L::pixdim, 3, -1), "pixdim[3]"},
    {"pixdim[3] negative", set(&L::pixdim, 3, -1), "import or predict with --spacing X,Y,Z"},
    {"pixdim[1] absurd", set(&L::pixdim, 1, 1e30), "pixdim[1]"},
    {"qfac 3", set(&L::pixdim, 0, 3), "pixdim[0]"},
    {"qfac NaN", set(&L::pixdim, 0, kNan), "pixdim[0]"},
    {"scl_slope Inf", set(&L::scl_slope, 0, kInf), "scl_slope"},
    {"scl_slope 1e38", set(&L::scl_slope, 0, 1e38), "scl_slope"},
    {"scl_inter NaN", set(&L::scl_inter, 0, kNan), "scl_inter"},
    {"scl_inter Inf", set(&L::scl_inter, 0, -kInf), "scl_inter"},
    {"qform_code negative", set(&L::qform_code, 0, -1), "qform_code"},
    {"sform_code negative", set(&L::sform_code, 0, -1), "sform_code"},
    {"quaternion NaN", set(&L::quatern, 1, kNan), "quatern_c"},
    {"quaternion too long", set(&L::quatern, 0, 1.1), "quatern_b"},
    {"qoffset Inf", set(&L::qoffset, 2, kInf), "qoffset_z"},
    {"srow NaN", set(&L::srow, 5, kNan), "srow_y[1]"},
    {"srow absurd", set(&L::srow, 11, 1e30), "srow_z[3]"},
    {"extension longer than its room",
     [](Crafted& c) {
       const auto at = c.bytes.begin() + static_cast<long>(c.layout().header_bytes) + 4;
       c.bytes.insert(at, 16, std::uint8_t{200});
       c.bytes[c.layout().header_bytes] = 1;
       c.put(c.layout().vox_offset, 0, static_cast<double>(c.layout().header_bytes + 20));
     },
     "esize"},
};

std::string message_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kIo) << error.what();
    return error.what();
  }
  return "accepted";
}

TEST(NiftiRefusal, NamesFileAndFieldForEveryCraftedFile) {
  const TestFolder folder;
  for (const Case& bad : kCases) {
    for (const int version : {1, 2}) {
      for (const bool big_endian : {false, true}) {
        Crafted file = sound(version, big_endian);
        bad.spoil(file);
        write_bytes(folder / "x.nii", file.bytes);
        write_bytes(folder / "x.nii.gz", gzip(file.bytes));
        for (const char* name : {"x.nii", "x.nii.gz"}) {
          const std::string message = message_of([&] { (void)read_nifti(folder / name); });
          EXPECT_PRED_FORMAT2(::testing::IsSubstring, bad.named, message) << bad.name << version;
          EXPECT_PRED_FORMAT2(::testing::IsSubstring, name, message) << bad.name;
        }
      }
    }
  }
}

TEST(NiftiRefusal, UnspoiledFilesAreAccepted) {
  for (const int version : {1, 2}) {
    for (const bool big_endian : {false, true}) {
      Crafted file = sound(version, big_endian);
      EXPECT_EQ(parse_nifti(file.bytes, "x").voxels[23], 24);
      file.put(file.layout().scl_slope, 0, kNan);
      file.put(file.layout().scl_inter, 0, kNan);
      file.put(file.layout().pixdim, 0, 0);
      file.bytes.resize(file.bytes.size() + 15);
      const NiftiImage image = parse_nifti(file.bytes, "x");
      EXPECT_EQ(image.voxels[23], 24);
      EXPECT_EQ(image.header.scl_slope, 1);
      EXPECT_EQ(image.header.scl_inter, 0);
      EXPECT_EQ(image.header.pixdim[0], 1);
      file.put(file.layout().scl_slope, 0, 0.5);
      file.put(file.layout().scl_inter, 0, -3);
      EXPECT_EQ(parse_nifti(file.bytes, "x").voxels[23], 9);
      file.put(file.layout().sform_code, 0, 0);
      file.put(file.layout().srow, 0, kNan);
      EXPECT_EQ(parse_nifti(file.bytes, "x").header.sform_code, 0) << "unused rows do not matter";
    }
  }
}

TEST(NiftiRefusal, NoMutationOfAHeaderCrashesAndAcceptedFilesAreConsistent) {
  RandomStream stream({.seed = 22});
  int accepted = 0;
  for (int i = 0; i < 40000; ++i) {
    Bytes bytes = sound(1 + static_cast<int>(stream.integer(2)), stream.chance(0.5)).bytes;
    for (std::int64_t k = stream.integer(3); k >= 0; --k) {
      const auto length = static_cast<std::int64_t>(bytes.size());
      bytes[static_cast<std::size_t>(stream.integer(length))] =
          static_cast<std::uint8_t>(stream.integer(256));
    }
    if (stream.chance(0.1)) {
      bytes.resize(static_cast<std::size_t>(stream.integer(700)));
    }
    try {
      const NiftiImage image = parse_nifti(bytes, "x");
      std::uint64_t count = 1;
      for (std::size_t d = 1; d <= static_cast<std::size_t>(image.header.dim[0]); ++d) {
        count *= static_cast<std::uint64_t>(image.header.dim[d]);
        ASSERT_TRUE(std::isfinite(image.header.pixdim[d]));
      }
      ASSERT_EQ(count, image.voxels.size());
      ++accepted;
    } catch (const Error& error) {
      ASSERT_EQ(error.code(), ErrorCode::kIo);
    }
  }
  EXPECT_GT(accepted, 1000);
}

// A stream of `length` zero bytes, made of many members so that the test needs no large memory.
Bytes packed_zeros(std::uint64_t length) {
  constexpr std::uint64_t kPart = std::uint64_t{1} << 20;
  const Bytes part = gzip(Bytes(kPart), 9);
  Bytes packed;
  for (std::uint64_t used = 0; used < length; used += kPart) {
    packed.insert(packed.end(), part.begin(), part.end());
  }
  return packed;
}

Bytes bomb(double side, std::uint64_t length) {
  Crafted file = sound(2, false);
  for (std::size_t axis = 1; axis <= 3; ++axis) file.put(file.layout().dim, axis, side);
  Bytes packed = gzip(file.bytes);
  const Bytes zeros = packed_zeros(length);
  packed.insert(packed.end(), zeros.begin(), zeros.end());
  return packed;
}

TEST(NiftiRefusal, CompressedBombsAreRefusedWithoutTheirMemory) {
  const TestFolder folder;
  const std::vector<std::pair<const char*, Bytes>> bombs = {
      {"holds 100 MB, says 16 bytes", bomb(2, std::uint64_t{100} << 20)},
      {"holds 100 MB, says 128 MB", bomb(400, std::uint64_t{100} << 20)},
      {"holds 1 MB, says 54 GB", bomb(3000, std::uint64_t{1} << 20)}};
  for (const auto& [name, bytes] : bombs) {
    ASSERT_LT(bytes.size(), 150000U);
    write_bytes(folder / "x.nii.gz", bytes);
    const std::size_t before = start_peak();
    const std::string message = message_of([&] { (void)read_nifti(folder / "x.nii.gz"); });
    EXPECT_PRED_FORMAT2(::testing::IsSubstring, "dim", message) << name;
    EXPECT_LT(peak_bytes - before, std::size_t{16} << 20) << name;
  }
}

}  // namespace
}  // namespace medcl
