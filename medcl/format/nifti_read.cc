// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <utility>

#include "medcl/core/error.h"
#include "medcl/core/file_system.h"
#include "medcl/core/input_file.h"
#include "medcl/format/gzip.h"
#include "medcl/format/nifti_layout.h"
#include "medcl/format/nifti_pieces.h"

namespace medcl {
namespace {

constexpr std::uint64_t kPrefixBytes = 544;   // header and extension flag of either version
constexpr std::uint64_t kTrailingZeros = 15;  // padding to 16 bytes that some writers leave
constexpr std::uint64_t kTrailingCounted = std::uint64_t{16} << 20;  // more are not counted
constexpr std::uint64_t kLargestInflation = 1032;  // no deflate stream expands further
constexpr std::uint64_t kSurelySmall = std::uint64_t{16} << 20;
constexpr std::uint64_t kPieceVoxels = std::uint64_t{1} << 16;

void check_file_holds(const NiftiHeader& header, std::uint64_t available, const std::string& name) {
  const std::uint64_t needed = nifti::needed_bytes(header);
  if (available < static_cast<std::uint64_t>(header.voxel_offset)) {
    nifti::refuse(name, "vox_offset", "is beyond the end of the file",
                  "at most " + std::to_string(available), std::to_string(header.voxel_offset));
  }
  if (available < needed) {
    nifti::refuse(name, "dim", "declares more voxels than the file holds",
                  std::to_string(needed) + " bytes", std::to_string(available));
  }
}

void check_limits(const NiftiHeader& header, const NiftiLimits& limits, const std::string& name) {
  const std::uint64_t bytes =
      nifti::voxel_count(header) * std::max(sizeof(float), nifti::bytes_per_voxel(header.datatype));
  if (bytes > limits.max_bytes) {
    fail(ErrorCode::kOutOfResources,
         {.what = "NIfTI field dim declares a volume that does not fit into memory",
          .where = name,
          .expected = "at most " + std::to_string(limits.max_bytes) + " bytes",
          .found = std::to_string(bytes),
          .remedy = "free memory, or crop or resample the volume"});
  }
}

/// `rest`: the first bytes behind the voxels; `count`: of all of them.
void check_trailing(std::span<const std::uint8_t> rest, std::uint64_t count,
                    const std::string& name) {
  const bool padding = count <= kTrailingZeros &&
                       std::all_of(rest.begin(), rest.end(), [](auto byte) { return byte == 0; });
  if (!padding) {
    nifti::refuse(name, "dim", "declares fewer voxels than the file holds", "no bytes left over",
                  (count >= kTrailingCounted ? "at least " : "") + std::to_string(count) + " bytes",
                  "the header or the end of the file is damaged: write it again from its source");
  }
}

// Integers scaled beyond the range of float would silently become infinite.
void check_scaled_range(const NiftiHeader& header, const std::string& name) {
  const bool floating =
      header.datatype == NiftiType::kFloat32 || header.datatype == NiftiType::kFloat64;
  const double bits = 8.0 * static_cast<double>(nifti::bytes_per_voxel(header.datatype));
  const double largest = std::exp2(bits) * std::abs(header.scl_slope) + std::abs(header.scl_inter);
  if (!floating && largest > std::numeric_limits<float>::max()) {
    nifti::refuse(name, "scl_slope", "scales voxels beyond the range of float",
                  "at most " + nifti::text_of(std::numeric_limits<float>::max()),
                  "up to " + nifti::text_of(largest));
  }
}

template <typename Word, typename Value>
void decode(const std::uint8_t* bytes, const NiftiHeader& header, std::span<float> voxels) {
  const bool identity = header.scl_slope == 1 && header.scl_inter == 0;
  for (std::size_t i = 0; i < voxels.size(); ++i) {
    const auto word =
        static_cast<Word>(nifti::load(bytes + i * sizeof(Word), sizeof(Word), header.big_endian));
    const auto value = std::bit_cast<Value>(word);
    voxels[i] =
        identity
            ? static_cast<float>(value)
            : static_cast<float>(static_cast<double>(value) * header.scl_slope + header.scl_inter);
  }
}

void decode_voxels(const std::uint8_t* bytes, const NiftiHeader& header, std::span<float> voxels) {
  switch (header.datatype) {
    case NiftiType::kUint8:
      return decode<std::uint8_t, std::uint8_t>(bytes, header, voxels);
    case NiftiType::kInt8:
      return decode<std::uint8_t, std::int8_t>(bytes, header, voxels);
    case NiftiType::kInt16:
      return decode<std::uint16_t, std::int16_t>(bytes, header, voxels);
    case NiftiType::kUint16:
      return decode<std::uint16_t, std::uint16_t>(bytes, header, voxels);
    case NiftiType::kInt32:
      return decode<std::uint32_t, std::int32_t>(bytes, header, voxels);
    case NiftiType::kUint32:
      return decode<std::uint32_t, std::uint32_t>(bytes, header, voxels);
    case NiftiType::kInt64:
      return decode<std::uint64_t, std::int64_t>(bytes, header, voxels);
    case NiftiType::kUint64:
      return decode<std::uint64_t, std::uint64_t>(bytes, header, voxels);
    case NiftiType::kFloat32:
      return decode<std::uint32_t, float>(bytes, header, voxels);
    case NiftiType::kFloat64:
      return decode<std::uint64_t, double>(bytes, header, voxels);
  }
}

/// Decodes all voxels; `next` gives the bytes of the following `count` voxels.
template <typename Next>
void decode_pieces(const NiftiHeader& header, const NiftiVoxelSink& sink, Next next) {
  std::uint64_t left = nifti::voxel_count(header);
  std::vector<float> piece(std::min(left, kPieceVoxels));
  while (left > 0) {
    const std::span<float> voxels =
        std::span(piece).first(std::min<std::uint64_t>(left, piece.size()));
    decode_voxels(next(voxels.size()), header, voxels);
    sink(header, voxels);
    left -= voxels.size();
  }
}

// What a compressed file can hold at most, known before anything is inflated.
void check_compressed(const NiftiHeader& header, std::uint64_t compressed_bytes,
                      const std::string& name) {
  check_file_holds(header, compressed_bytes * kLargestInflation, name);
}

NiftiHeader complete_header(std::span<const std::uint8_t> bytes, const std::string& name,
                            bool spacing_is_known = false) {
  NiftiHeader header = nifti::parse_header(bytes, name, spacing_is_known);
  if (header.raw.size() < static_cast<std::size_t>(header.voxel_offset)) {
    nifti::refuse(name, "vox_offset", "is beyond the end of the file",
                  "at most " + std::to_string(bytes.size()), std::to_string(header.voxel_offset));
  }
  nifti::check_extensions(header.raw, header, name);
  check_scaled_range(header, name);
  return header;
}

NiftiHeader compressed_header(std::span<const std::uint8_t> bytes, const std::string& name,
                              bool spacing_is_known = false) {
  const NiftiHeader header =
      nifti::parse_header(gunzip(bytes, kPrefixBytes, name, true), name, spacing_is_known);
  check_compressed(header, bytes.size(), name);
  return complete_header(gunzip(bytes, static_cast<std::uint64_t>(header.voxel_offset), name, true),
                         name, spacing_is_known);
}

/// A stream that inflates far more than usual is counted before memory is taken for it.
void check_bomb(const NiftiHeader& header, std::span<const std::uint8_t> bytes,
                const std::string& name) {
  const std::uint64_t needed = nifti::needed_bytes(header);
  if (needed > kSurelySmall && needed / 16 > bytes.size()) {
    check_file_holds(header, gunzip_size(bytes, needed + kTrailingZeros + 1, name), name);
  }
}

NiftiHeader parse_compressed(std::span<const std::uint8_t> bytes, const std::string& name,
                             const NiftiLimits& limits, const NiftiVoxelSink& sink,
                             bool spacing_is_known) {
  NiftiHeader header = compressed_header(bytes, name, spacing_is_known);
  check_limits(header, limits, name);
  check_bomb(header, bytes, name);
  GunzipReader reader(bytes, name);
  std::vector<std::uint8_t> buffer(header.raw.size());
  std::uint64_t used = reader.read(buffer);
  decode_pieces(header, sink, [&](std::size_t count) {
    buffer.resize(count * nifti::bytes_per_voxel(header.datatype));
    const std::size_t got = reader.read(buffer);
    used += got;
    if (got < buffer.size()) {
      check_file_holds(header, used, name);
    }
    return buffer.data();
  });
  buffer.resize(kPieceVoxels);
  std::vector<std::uint8_t> more(buffer.size());
  const std::size_t first = reader.read(buffer);
  std::uint64_t count = first;
  for (std::size_t got = first; got == more.size() && count < kTrailingCounted; count += got) {
    got = reader.read(more);
  }
  check_trailing(std::span(buffer).first(first), count, name);
  return header;
}

NiftiHeader parse_pieces(std::span<const std::uint8_t> bytes, const std::string& name,
                         const NiftiLimits& limits, const NiftiVoxelSink& sink,
                         bool spacing_is_known = false) {
  if (looks_like_gzip(bytes)) {
    return parse_compressed(bytes, name, limits, sink, spacing_is_known);
  }
  NiftiHeader header = complete_header(bytes, name, spacing_is_known);
  check_file_holds(header, bytes.size(), name);
  const auto rest = bytes.subspan(nifti::needed_bytes(header));
  check_trailing(rest, rest.size(), name);
  check_limits(header, limits, name);
  const std::uint8_t* at = bytes.data() + header.voxel_offset;
  decode_pieces(header, sink, [&](std::size_t count) {
    return std::exchange(at, at + count * nifti::bytes_per_voxel(header.datatype));
  });
  return header;
}

std::vector<std::uint8_t> bytes_of(const std::filesystem::path& path, const NiftiLimits& limits) {
  return read_file(path, limits.max_bytes + kSurelySmall * 5);
}

}  // namespace

NiftiImage parse_nifti(std::span<const std::uint8_t> bytes, const std::string& name,
                       const NiftiLimits& limits) {
  NiftiImage image;
  image.header = parse_pieces(bytes, name, limits,
                              [&image](const NiftiHeader& header, std::span<const float> piece) {
                                image.voxels.reserve(nifti::voxel_count(header));
                                image.voxels.insert(image.voxels.end(), piece.begin(), piece.end());
                              });
  return image;
}

NiftiImage read_nifti(const std::filesystem::path& path, const NiftiLimits& limits) {
  return parse_nifti(bytes_of(path, limits), path.string(), limits);
}

NiftiHeader read_nifti_pieces(const std::filesystem::path& path, const NiftiLimits& limits,
                              const NiftiVoxelSink& sink, bool spacing_is_known) {
  return parse_pieces(bytes_of(path, limits), path.string(), limits, sink, spacing_is_known);
}

NiftiHeader read_nifti_header(const std::filesystem::path& path) {
  const std::string name = path.string();
  const std::vector<std::uint8_t> start = read_file_start(path, kPrefixBytes);
  if (looks_like_gzip(start)) {
    return compressed_header(bytes_of(path, {}), name);
  }
  const NiftiHeader header = nifti::parse_header(start, name);
  check_file_holds(header, InputFile::open(path).size_bytes(), name);
  return complete_header(read_file_start(path, static_cast<std::uint64_t>(header.voxel_offset)),
                         name);
}

}  // namespace medcl
