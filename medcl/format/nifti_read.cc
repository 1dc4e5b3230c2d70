// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <system_error>

#include "medcl/core/error.h"
#include "medcl/core/file_system.h"
#include "medcl/format/gzip.h"
#include "medcl/format/nifti_layout.h"

namespace medcl {
namespace {

constexpr std::uint64_t kPrefixBytes = 544;        // header and extension flag of either version
constexpr std::uint64_t kTrailingZeros = 15;       // padding to 16 bytes that some writers leave
constexpr std::uint64_t kLargestInflation = 1032;  // no deflate stream expands further
constexpr std::uint64_t kSurelySmall = std::uint64_t{16} << 20;

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
         {.what = "NIfTI field dim declares a volume beyond the limit",
          .where = name,
          .expected = "at most " + std::to_string(limits.max_bytes) + " bytes",
          .found = std::to_string(bytes),
          .remedy = "raise the limit if the file is right"});
  }
}

void check_trailing(std::span<const std::uint8_t> rest, const std::string& name) {
  const bool padding = rest.size() <= kTrailingZeros &&
                       std::all_of(rest.begin(), rest.end(), [](auto byte) { return byte == 0; });
  if (!padding) {
    nifti::refuse(name, "dim", "declares fewer voxels than the file holds", "no bytes left over",
                  std::to_string(rest.size()) + " bytes");
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
void decode(const std::uint8_t* bytes, const NiftiHeader& header, std::vector<float>& voxels) {
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

std::vector<float> decode_voxels(std::span<const std::uint8_t> bytes, const NiftiHeader& header) {
  std::vector<float> voxels(nifti::voxel_count(header));
  const std::uint8_t* start = bytes.data() + header.voxel_offset;
  switch (header.datatype) {
    case NiftiType::kUint8:
      decode<std::uint8_t, std::uint8_t>(start, header, voxels);
      break;
    case NiftiType::kInt8:
      decode<std::uint8_t, std::int8_t>(start, header, voxels);
      break;
    case NiftiType::kInt16:
      decode<std::uint16_t, std::int16_t>(start, header, voxels);
      break;
    case NiftiType::kUint16:
      decode<std::uint16_t, std::uint16_t>(start, header, voxels);
      break;
    case NiftiType::kInt32:
      decode<std::uint32_t, std::int32_t>(start, header, voxels);
      break;
    case NiftiType::kUint32:
      decode<std::uint32_t, std::uint32_t>(start, header, voxels);
      break;
    case NiftiType::kInt64:
      decode<std::uint64_t, std::int64_t>(start, header, voxels);
      break;
    case NiftiType::kUint64:
      decode<std::uint64_t, std::uint64_t>(start, header, voxels);
      break;
    case NiftiType::kFloat32:
      decode<std::uint32_t, float>(start, header, voxels);
      break;
    case NiftiType::kFloat64:
      decode<std::uint64_t, double>(start, header, voxels);
      break;
  }
  return voxels;
}

// What a compressed file can hold at most, known before anything is inflated.
void check_compressed(const NiftiHeader& header, std::uint64_t compressed_bytes,
                      const std::string& name) {
  check_file_holds(header, compressed_bytes * kLargestInflation, name);
}

std::vector<std::uint8_t> inflate_exactly(std::span<const std::uint8_t> bytes,
                                          const std::string& name, const NiftiLimits& limits) {
  const NiftiHeader header = nifti::parse_header(gunzip(bytes, kPrefixBytes, name, true), name);
  check_compressed(header, bytes.size(), name);
  check_limits(header, limits, name);
  const std::uint64_t needed = nifti::needed_bytes(header);
  if (needed > kSurelySmall && needed / 16 > bytes.size()) {
    check_file_holds(header, gunzip_size(bytes, needed + kTrailingZeros + 1, name), name);
  }
  // One byte more than allowed is enough to notice that there is too much.
  return gunzip(bytes, needed + kTrailingZeros + 1, name, true);
}

NiftiHeader complete_header(std::span<const std::uint8_t> bytes, const std::string& name) {
  NiftiHeader header = nifti::parse_header(bytes, name);
  if (header.raw.size() < static_cast<std::size_t>(header.voxel_offset)) {
    nifti::refuse(name, "vox_offset", "is beyond the end of the file",
                  "at most " + std::to_string(bytes.size()), std::to_string(header.voxel_offset));
  }
  nifti::check_extensions(header.raw, header, name);
  check_scaled_range(header, name);
  return header;
}

}  // namespace

NiftiImage parse_nifti(std::span<const std::uint8_t> bytes, const std::string& name,
                       const NiftiLimits& limits) {
  std::vector<std::uint8_t> inflated;
  if (looks_like_gzip(bytes)) {
    inflated = inflate_exactly(bytes, name, limits);
    bytes = inflated;
  }
  NiftiImage image{complete_header(bytes, name), {}};
  check_file_holds(image.header, bytes.size(), name);
  check_trailing(bytes.subspan(nifti::needed_bytes(image.header)), name);
  check_limits(image.header, limits, name);
  image.voxels = decode_voxels(bytes, image.header);
  return image;
}

NiftiImage read_nifti(const std::filesystem::path& path, const NiftiLimits& limits) {
  return parse_nifti(read_file(path, limits.max_bytes + kSurelySmall * 5), path.string(), limits);
}

NiftiHeader read_nifti_header(const std::filesystem::path& path) {
  const std::string name = path.string();
  const std::vector<std::uint8_t> start = read_file_start(path, kPrefixBytes);
  if (looks_like_gzip(start)) {
    const std::vector<std::uint8_t> bytes = read_file(path);
    const NiftiHeader header = nifti::parse_header(gunzip(bytes, kPrefixBytes, name, true), name);
    check_compressed(header, bytes.size(), name);
    const auto offset = static_cast<std::uint64_t>(header.voxel_offset);
    return complete_header(gunzip(bytes, offset, name, true), name);
  }
  std::error_code error;
  const std::uint64_t size = std::filesystem::file_size(path, error);
  const NiftiHeader header = nifti::parse_header(start, name);
  check_file_holds(header, error ? 0 : size, name);
  return complete_header(read_file_start(path, static_cast<std::uint64_t>(header.voxel_offset)),
                         name);
}

}  // namespace medcl
