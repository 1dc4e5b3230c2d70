// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <string_view>

#include "medcl/core/atomic_file.h"
#include "medcl/core/error.h"
#include "medcl/format/gzip.h"
#include "medcl/format/nifti_layout.h"
#include "medcl/format/nifti_pieces.h"

namespace medcl {
namespace {

using nifti::Layout;

constexpr std::uint64_t kPieceVoxels = std::uint64_t{1} << 16;

struct Target {
  std::vector<std::uint8_t>& bytes;
  const Layout& layout;
  bool big_endian;

  void integer(nifti::Field field, std::size_t index, std::int64_t value, const char* name) const {
    nifti::put_integer(bytes, field, big_endian, index, value, name);
  }
  void number(nifti::Field field, std::size_t index, double value) const {
    nifti::put_number(bytes, field, big_endian, index, value);
  }
};

void put_dim(const Target& target, const NiftiHeader& like) {
  for (std::size_t i = 0; i < 8; ++i) {
    const bool used = i <= static_cast<std::size_t>(like.dim[0]);
    target.integer(target.layout.dim, i, used ? like.dim[i] : 1, "dim");
  }
}

std::vector<std::uint8_t> made_up_header(const NiftiHeader& like) {
  const Layout& layout = nifti::layout_of(like.version);
  std::vector<std::uint8_t> bytes(layout.header_bytes + nifti::kExtensionFlagBytes);
  const Target target{bytes, layout, like.big_endian};
  nifti::store(bytes.data(), 4, like.big_endian, layout.header_bytes);
  const std::string_view magic =
      like.version == 2 ? std::string_view("n+2\0\r\n\032\n", 8) : std::string_view("n+1\0", 4);
  std::copy(magic.begin(), magic.end(), bytes.begin() + static_cast<std::ptrdiff_t>(layout.magic));
  put_dim(target, like);
  for (std::size_t i = 0; i < 8; ++i) {
    const bool used = i <= static_cast<std::size_t>(like.dim[0]);
    target.number(layout.pixdim, i, used ? like.pixdim[i] : 1);
  }
  target.integer(layout.qform_code, 0, like.qform_code, "qform_code");
  target.integer(layout.sform_code, 0, like.sform_code, "sform_code");
  for (std::size_t i = 0; i < 3; ++i) {
    target.number(layout.quatern, i, like.quaternion_bcd[i]);
    target.number(layout.qoffset, i, like.qoffset_mm[i]);
    for (std::size_t k = 0; k < 4; ++k) {
      target.number(layout.srow, 4 * i + k, like.srow[i][k]);
    }
  }
  target.integer(layout.xyzt_units, 0, like.xyzt_units, "xyzt_units");
  const std::size_t length = std::min(like.description.size(), nifti::kDescriptionBytes - 1);
  std::copy_n(like.description.begin(), length,
              bytes.begin() + static_cast<std::ptrdiff_t>(layout.descrip));
  return bytes;
}

std::vector<std::uint8_t> header_bytes(const NiftiHeader& like, NiftiType type) {
  const bool made_up = like.raw.empty();
  std::vector<std::uint8_t> bytes = made_up ? made_up_header(like) : like.raw;
  const Layout& layout = nifti::layout_of(like.version);
  check(bytes.size() >= layout.header_bytes + nifti::kExtensionFlagBytes,
        "raw NIfTI header is incomplete");
  const Target target{bytes, layout, like.big_endian};
  if (!made_up && nifti::parse_header(bytes, "raw NIfTI header").dim != like.dim) {
    put_dim(target, like);
  }
  target.integer(layout.datatype, 0, static_cast<std::int64_t>(type), "datatype");
  target.integer(layout.bitpix, 0, static_cast<std::int64_t>(8 * nifti::bytes_per_voxel(type)),
                 "bitpix");
  target.integer(layout.vox_offset, 0, static_cast<std::int64_t>(bytes.size()), "vox_offset");
  target.number(layout.scl_slope, 0, 1);
  target.number(layout.scl_inter, 0, 0);
  target.number(layout.cal_max, 0, 0);
  target.number(layout.cal_min, 0, 0);
  return bytes;
}

template <typename Integer>
std::uint64_t integer_bits(float value, std::size_t index) {
  // The upper bound is a power of two, hence exact in double; the largest integer may not be.
  const double beyond = std::exp2(std::numeric_limits<Integer>::digits);
  const double smallest = std::numeric_limits<Integer>::is_signed ? -beyond : 0;
  const double number = value;
  if (!(number >= smallest && number < beyond) || number != std::floor(number)) {
    fail(ErrorCode::kFailure, {.what = "voxel " + std::to_string(index) + " does not fit the type",
                               .expected = "a whole number of the range of the type",
                               .found = std::to_string(number)});
  }
  return static_cast<std::uint64_t>(static_cast<Integer>(number));
}

std::uint64_t voxel_bits(float value, NiftiType type, std::size_t index) {
  switch (type) {
    case NiftiType::kUint8:
      return integer_bits<std::uint8_t>(value, index);
    case NiftiType::kInt8:
      return integer_bits<std::int8_t>(value, index);
    case NiftiType::kInt16:
      return integer_bits<std::int16_t>(value, index);
    case NiftiType::kUint16:
      return integer_bits<std::uint16_t>(value, index);
    case NiftiType::kInt32:
      return integer_bits<std::int32_t>(value, index);
    case NiftiType::kUint32:
      return integer_bits<std::uint32_t>(value, index);
    case NiftiType::kInt64:
      return integer_bits<std::int64_t>(value, index);
    case NiftiType::kUint64:
      return integer_bits<std::uint64_t>(value, index);
    case NiftiType::kFloat32:
      return std::bit_cast<std::uint32_t>(value);
    case NiftiType::kFloat64:
      return std::bit_cast<std::uint64_t>(static_cast<double>(value));
  }
  return 0;
}

/// Calls `put` with header and voxels, in pieces.
void encode(const NiftiHeader& like, const NiftiVoxelSource& source, NiftiType type,
            const GzipWriter::Sink& put) {
  put(header_bytes(like, type));
  const std::size_t size = nifti::bytes_per_voxel(type);
  const std::uint64_t count = nifti::voxel_count(like);
  std::vector<float> piece(std::min(count, kPieceVoxels));
  std::vector<std::uint8_t> bytes(piece.size() * size);
  for (std::uint64_t first = 0; first < count; first += kPieceVoxels) {
    const auto voxels = std::span(piece).first(std::min(count - first, kPieceVoxels));
    source(first, voxels);
    for (std::size_t i = 0; i < voxels.size(); ++i) {
      nifti::store(bytes.data() + i * size, size, like.big_endian,
                   voxel_bits(voxels[i], type, first + i));
    }
    put(std::span<const std::uint8_t>(bytes).first(voxels.size() * size));
  }
}

}  // namespace

void write_nifti(const std::filesystem::path& path, const NiftiHeader& like,
                 const NiftiVoxelSource& voxels, NiftiType type) {
  check(like.dim[0] >= 1 && like.dim[0] <= 7, "a NIfTI image has 1 to 7 dimensions");
  write_atomically(path, [&](WritableFile& file) {
    const auto put = [&file](std::span<const std::uint8_t> bytes) { file.append(bytes); };
    if (path.extension() != ".gz") {
      encode(like, voxels, type, put);
      return;
    }
    GzipWriter packed(put);
    encode(like, voxels, type,
           [&packed](std::span<const std::uint8_t> bytes) { packed.append(bytes); });
    packed.finish();
  });
}

void write_nifti(const std::filesystem::path& path, const NiftiHeader& like,
                 std::span<const float> voxels, NiftiType type) {
  check(like.dim[0] >= 1 && like.dim[0] <= 7, "a NIfTI image has 1 to 7 dimensions");
  check(nifti::voxel_count(like) == voxels.size(), "dim does not fit the number of voxels");
  write_nifti(
      path, like,
      [voxels](std::uint64_t first, std::span<float> piece) {
        std::copy_n(voxels.begin() + static_cast<std::ptrdiff_t>(first), piece.size(),
                    piece.begin());
      },
      type);
}

}  // namespace medcl
