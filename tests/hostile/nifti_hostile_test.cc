// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>

#include "medcl/format/gzip.h"
#include "tests/hostile/table.h"

namespace medcl::hostile {
namespace {

constexpr double kInfinity = HUGE_VAL;
// Offsets of nifti1.h.
constexpr std::size_t kDim = 40, kDatatype = 70, kBitpix = 72, kPixdim = 76, kVoxOffset = 108,
                      kSlope = 112, kInter = 116, kUnits = 123, kQformCode = 252, kSformCode = 254,
                      kQuatern = 256, kQoffset = 268, kSrow = 280, kMagic = 344, kVoxels = 352;

using Spoil = std::function<void(Bytes&)>;

Spoil set16(std::size_t offset, std::int64_t value) {
  return [=](Bytes& bytes) { put16(bytes, offset, value); };
}

Spoil set_float(std::size_t offset, double value) {
  return [=](Bytes& bytes) { put_float(bytes, offset, value); };
}

Spoil cut(std::size_t size) {
  return [=](Bytes& bytes) { bytes.resize(size); };
}

/// A header that breaks a rule of its own: the field is named, with what was expected and found.
BadFile field(const std::string& name, const Spoil& spoil, const std::string& field_name) {
  return {"nii: " + name,
          [=] {
            Bytes bytes = sound_nifti();
            spoil(bytes);
            const auto path = Workshop::get().fresh() / "x.nii";
            write(path, bytes);
            return Words{"info", path.string()};
          },
          4, "x\\.nii: NIfTI field " + field_name + " .*\\(expected .+, found .+\\)"};
}

/// Bytes behind the voxels: exactly so many are reported.
BadFile trailing(std::size_t count) {
  const std::string number = std::to_string(count);
  BadFile row = field(
      number + " bytes too long", [=](Bytes& b) { b.resize(b.size() + count); }, "");
  row.message = "x\\.nii: NIfTI field dim .*expected .*found " + number + " bytes\\)";
  return row;
}

/// Bytes that are something else than NIfTI: its name is found.
BadFile content(const std::string& name, const std::string& bytes) {
  BadFile row = field(
      name, [=](Bytes& all) { all = to_bytes(bytes); }, "");
  row.message = "x\\.nii: this is no NIfTI file .*expected an image.*found " + name;
  return row;
}

/// An orientation that cannot be trusted.
BadFile orientation(const std::string& name, const Spoil& spoil, const std::string& message) {
  BadFile row = field(name, spoil, "");
  row.code = 3;
  row.message = "x\\.nii: " + message;
  return row;
}

BadFile packed(const std::string& name, const std::function<Bytes(const Bytes&)>& pack,
               const std::string& message, int code = 4) {
  return {"nii.gz: " + name,
          [=] {
            const auto path = Workshop::get().fresh() / "x.nii.gz";
            write(path, pack(sound_nifti()));
            return Words{"info", path.string()};
          },
          code, "x\\.nii\\.gz: " + message};
}

Spoil sides(std::int64_t side) {
  return [=](Bytes& bytes) {
    for (std::size_t axis = 1; axis <= 3; ++axis) put16(bytes, kDim + 2 * axis, side);
  };
}

TEST(HostileNifti, HeadersThatContradictThemselvesNameTheField) {
  expect_refused({
      content("an empty file", ""),
      content("a NumPy array", "\x93NUMPY" + std::string(400, '\1')),
      content("an HDF5 file", "\x89HDF\r\n\x1a\n" + std::string(400, '\1')),
      content("a zip archive", "PK\3\4" + std::string(400, '\1')),
      content("a Git LFS pointer", "version https://git-lfs.github.com/spec/v1\noid sha256:0\n"),
      content("a web page", "<!DOCTYPE html><title>sign in</title>"),
      field("cut in the header", cut(200), "sizeof_hdr"),
      field("no pixels at all", cut(kVoxels), "dim"),
      field(
          "pixels cut in half", [](Bytes& b) { b.resize(kVoxels + (b.size() - kVoxels) / 2); },
          "dim"),
      field(
          "100 bytes too long", [](Bytes& b) { b.resize(b.size() + 100, 1); }, "dim"),
      content("a text file", std::string(5000, 'x')),
      trailing(512),
      field(
          "bad magic", [](Bytes& b) { b[kMagic] = 'x'; }, "magic"),
      field(
          "pair of files", [](Bytes& b) { b[kMagic + 1] = 'i'; }, "magic"),
      field("rank 0", set16(kDim, 0), "dim\\[0\\]"),
      field("rank 9", set16(kDim, 9), "dim\\[0\\]"),
      field("negative size", set16(kDim + 4, -14), "dim\\[2\\]"),
      field("size 0", set16(kDim + 2, 0), "dim\\[1\\]"),
      field("11 kB that declare 700^3", sides(700), "dim"),
      field("declares 32 TB", sides(32767), "dim"),
      field("declares too little", set16(kDim + 6, 11), "dim"),
      field("unknown datatype", set16(kDatatype, 3), "datatype"),
      field(
          "RGB",
          [](Bytes& b) {
            put16(b, kDatatype, 128);
            put16(b, kBitpix, 24);
          },
          "datatype is a colour type,"),
      field(
          "complex",
          [](Bytes& b) {
            put16(b, kDatatype, 32);
            put16(b, kBitpix, 64);
          },
          "datatype is a complex type,"),
      field("bitpix against datatype", set16(kBitpix, 8), "bitpix"),
      field("voxels inside the header", set_float(kVoxOffset, 100), "vox_offset"),
      field("voxels 1 GB away", set_float(kVoxOffset, 1e9), "vox_offset"),
      field("voxel offset NaN", set_float(kVoxOffset, NAN), "vox_offset"),
      field("spacing NaN", set_float(kPixdim + 4, NAN), "pixdim\\[1\\]"),
      field("spacing Inf", set_float(kPixdim + 8, kInfinity), "pixdim\\[2\\]"),
      field("spacing 0", set_float(kPixdim + 12, 0), "pixdim\\[3\\]"),
      field("spacing negative", set_float(kPixdim + 4, -1.5), "pixdim\\[1\\]"),
      field("handedness 3", set_float(kPixdim, 3), "pixdim\\[0\\]"),
      field("slope 1e38", set_float(kSlope, 1e38), "scl_slope"),
      field("slope Inf", set_float(kSlope, kInfinity), "scl_slope"),
      field("offset NaN", set_float(kInter, NAN), "scl_inter"),
      field(
          "integers scaled beyond float",
          [](Bytes& b) {
            put16(b, kDatatype, 1024);
            put16(b, kBitpix, 64);
            put16(b, kDim + 6, 3);
            put_float(b, kSlope, 1e25);
          },
          "scl_slope"),
      field("sform NaN", set_float(kSrow + 20, NAN), "srow_y\\[1\\]"),
      field("sform 1e30", set_float(kSrow + 12, 1e30), "srow_x\\[3\\]"),
      field("quaternion NaN", set_float(kQuatern, NAN), "quatern_b"),
      field("quaternion longer than 1", set_float(kQuatern + 4, 1.2),
            "quatern_b, quatern_c, quatern_d are"),
      field("qoffset Inf", set_float(kQoffset, kInfinity), "qoffset_x"),
      field("negative sform code", set16(kSformCode, -3), "sform_code"),
  });
}

TEST(HostileNifti, OrientationsThatCannotBeTrustedAreNamedWithTheirMatrices) {
  const std::string both = ".*sform \\[.+\\], qform \\[.+\\].*--assume";
  expect_refused({
      orientation(
          "sform mirrored against qform",
          [](Bytes& b) {
            put_float(b, kSrow, 1.5);
            put_float(b, kSrow + 12, -2.5);
          },
          "sform and qform contradict each other by .* mm" + both),
      orientation(
          "mirrored, codes 1 and 2",
          [](Bytes& b) {
            put_float(b, kSrow, 1.5);
            put16(b, kQformCode, 2);
          },
          "sform and qform contradict each other" + both),
      orientation("shifted by 50 mm", set_float(kSrow + 12, 70),
                  "sform and qform contradict each other by 50 mm" + both),
      orientation("sheared sform beside a qform", set_float(kSrow + 4, 0.4),
                  "sform and qform contradict each other" + both),
      orientation(
          "sheared sform alone",
          [](Bytes& b) {
            put_float(b, kSrow + 4, 0.4);
            put16(b, kQformCode, 0);
          },
          "axes are not at right angles .*sform \\[.+\\].*--assume"),
      orientation(
          "no orientation",
          [](Bytes& b) {
            put16(b, kQformCode, 0);
            put16(b, kSformCode, 0);
          },
          "the file names no orientation .*--assume"),
      orientation(
          "singular sform",
          [](Bytes& b) {
            for (std::size_t n = 0; n < 12; ++n) put_float(b, kSrow + 4 * n, 0);
          },
          "sform matrix has no inverse .*found \\["),
      orientation(
          "a unit of space that does not exist", [](Bytes& b) { b[kUnits] = 5; },
          "unit of space does not exist .*expected .*found 5"),
      orientation(
          "five dimensions",
          [](Bytes& b) {
            put16(b, kDim, 5);
            put16(b, kDim + 6, 3);
            put16(b, kDim + 8, 2);
            put16(b, kDim + 10, 2);
          },
          "image has more than four dimensions .*expected dim\\[5\\] = 1, found 2"),
  });
}

TEST(HostileNifti, CompressedFilesAreReadToTheLastByte) {
  const auto spoiled = [](const Spoil& spoil) {
    return [=](Bytes bytes) {
      spoil(bytes);
      return gzip(bytes);
    };
  };
  expect_refused({
      packed(
          "cut in half",
          [](const Bytes& b) {
            Bytes all = gzip(b);
            all.resize(all.size() / 2);
            return all;
          },
          "gzip stream ends early"),
      packed(
          "a byte of the checksum changed",
          [](const Bytes& b) {
            Bytes all = gzip(b);
            all[all.size() - 6] ^= 1;
            return all;
          },
          "gzip stream is damaged .*found incorrect data check"),
      packed(
          "garbage behind the stream",
          [](const Bytes& b) {
            Bytes all = gzip(b);
            all.insert(all.end(), {'x', 'y', 'z'});
            return all;
          },
          "gzip stream is followed by other bytes"),
      packed(
          "the name alone says gzip", [](const Bytes&) { return to_bytes("no gzip at all"); },
          "this is no NIfTI file .*found a text file"),
      packed(
          "gzip of a text", [](const Bytes&) { return gzip(Bytes(4000, 'x')); },
          "this is no NIfTI file .*expected .*found a text file"),
      packed("512 bytes too long", spoiled([](Bytes& b) { b.resize(b.size() + 512); }),
             "NIfTI field dim .*found 512 bytes"),
      packed("pixels cut in half inside", spoiled([](Bytes& b) { b.resize(b.size() / 2); }),
             "NIfTI field dim .*expected .*found"),
      packed("declares 700^3", spoiled(sides(700)), "NIfTI field dim .*expected .*found"),
      packed(
          "bomb of 100 MB behind a small image",
          [](const Bytes& b) {
            Bytes all = gzip(b);
            const Bytes zeros = packed_zeros(100);
            all.insert(all.end(), zeros.begin(), zeros.end());
            return all;
          },
          "NIfTI field dim declares fewer voxels .*expected .*found"),
      packed(
          "bomb that holds 100 MB and says 2.8 GB",
          [](const Bytes& b) {
            Bytes header = b;
            sides(1124)(header);
            Bytes all = gzip(header);
            const Bytes zeros = packed_zeros(100);
            all.insert(all.end(), zeros.begin(), zeros.end());
            return all;
          },
          "NIfTI field dim .*expected .*found", 4),
  });
}

}  // namespace
}  // namespace medcl::hostile
