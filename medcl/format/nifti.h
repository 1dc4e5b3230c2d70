// SPDX-License-Identifier: Apache-2.0
#pragma once

// Strict NIfTI-1 and NIfTI-2 reader and writer (.nii, .nii.gz; single file).
//
// Source: NIfTI-1.1 (nifti1.h, 2007), NIfTI-2 (2011).
// Strict means: a file whose sizes, type codes, offsets or numbers contradict each other, or that
// ends early, is refused with the field named; nothing is repaired silently. Sizes are checked
// against the length of the file before memory is taken.

#include <array>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace medcl {

enum class NiftiType : std::int16_t {
  kUint8 = 2,
  kInt16 = 4,
  kInt32 = 8,
  kFloat32 = 16,
  kFloat64 = 64,
  kInt8 = 256,
  kUint16 = 512,
  kUint32 = 768,
  kInt64 = 1024,
  kUint64 = 1280,
};

struct NiftiHeader {
  int version = 1;  ///< 1 or 2
  bool big_endian = false;
  std::array<std::int64_t, 8> dim{};  ///< dim[0] = rank, dim[1] fastest
  NiftiType datatype = NiftiType::kUint8;
  std::array<double, 8> pixdim{};  ///< pixdim[0] is qfac
  std::int64_t voxel_offset = 352;
  double scl_slope = 1, scl_inter = 0;  ///< 0 or NaN slope is reported here as 1, 0
  int qform_code = 0, sform_code = 0;
  std::array<double, 3> quaternion_bcd{}, qoffset_mm{};  ///< offset in the unit of the file
  std::array<std::array<double, 4>, 3> srow{};
  int xyzt_units = 0;  ///< the lowest three bits: 1 metre, 2 mm, 3 micrometre, 0 not said
  std::string description;
  /// Header and extensions exactly as in the file (before the voxels); empty for made-up headers.
  std::vector<std::uint8_t> raw;
};

/// Millimetres in the unit of space that the header names; 1 where it names none, or one that does
/// not exist. Positions and spacings of a header are in that unit.
double unit_mm(const NiftiHeader& header);

struct NiftiLimits {
  std::uint64_t max_bytes = std::uint64_t{2} << 30;  ///< of voxels, decoded
};

struct NiftiImage {
  NiftiHeader header;
  /// dim[1] fastest, scl_slope and scl_inter applied; integers above 2^24 lose precision.
  std::vector<float> voxels;
};

/// Reads a file, or its header alone. @throws Error(kIo) naming file and field.
NiftiHeader read_nifti_header(const std::filesystem::path& path);
NiftiImage read_nifti(const std::filesystem::path& path, const NiftiLimits& limits = {});
/// read_nifti from memory (the whole file, compressed or not); `name` is used in messages.
NiftiImage parse_nifti(std::span<const std::uint8_t> bytes, const std::string& name,
                       const NiftiLimits& limits = {});

/// Writes `voxels`, which must be integers representable in `type` (or any number for float types).
/// Keeps every header field and extension of `like` except datatype, bitpix, scl_*, cal_*, dim and
/// vox_offset; rank 3 unless `like.dim` says otherwise. Compressed when the path ends in .gz.
/// Atomic. @throws Error(kIo), Error(kFailure) when a value does not fit the type.
void write_nifti(const std::filesystem::path& path, const NiftiHeader& like,
                 std::span<const float> voxels, NiftiType type);

}  // namespace medcl
