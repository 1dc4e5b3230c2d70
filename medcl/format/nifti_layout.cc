// SPDX-License-Identifier: Apache-2.0
#include "medcl/format/nifti_layout.h"

#include <array>
#include <bit>
#include <charconv>

#include "medcl/core/error.h"

namespace medcl::nifti {
namespace {

constexpr Layout kVersion1 = {
    .header_bytes = 348,
    .dim = {40, Kind::kInt16},
    .datatype = {70, Kind::kInt16},
    .bitpix = {72, Kind::kInt16},
    .pixdim = {76, Kind::kFloat32},
    .vox_offset = {108, Kind::kFloat32},
    .scl_slope = {112, Kind::kFloat32},
    .scl_inter = {116, Kind::kFloat32},
    .cal_max = {124, Kind::kFloat32},
    .cal_min = {128, Kind::kFloat32},
    .qform_code = {252, Kind::kInt16},
    .sform_code = {254, Kind::kInt16},
    .quatern = {256, Kind::kFloat32},
    .qoffset = {268, Kind::kFloat32},
    .srow = {280, Kind::kFloat32},
    .xyzt_units = {123, Kind::kInt8},
    .descrip = 148,
    .magic = 344,
};

constexpr Layout kVersion2 = {
    .header_bytes = 540,
    .dim = {16, Kind::kInt64},
    .datatype = {12, Kind::kInt16},
    .bitpix = {14, Kind::kInt16},
    .pixdim = {104, Kind::kFloat64},
    .vox_offset = {168, Kind::kInt64},
    .scl_slope = {176, Kind::kFloat64},
    .scl_inter = {184, Kind::kFloat64},
    .cal_max = {192, Kind::kFloat64},
    .cal_min = {200, Kind::kFloat64},
    .qform_code = {344, Kind::kInt32},
    .sform_code = {348, Kind::kInt32},
    .quatern = {352, Kind::kFloat64},
    .qoffset = {376, Kind::kFloat64},
    .srow = {400, Kind::kFloat64},
    .xyzt_units = {500, Kind::kInt32},
    .descrip = 240,
    .magic = 4,
};

}  // namespace

const Layout& layout_of(int version) { return version == 2 ? kVersion2 : kVersion1; }

std::size_t size_of(Kind kind) {
  switch (kind) {
    case Kind::kInt8:
      return 1;
    case Kind::kInt16:
      return 2;
    case Kind::kInt32:
    case Kind::kFloat32:
      return 4;
    case Kind::kInt64:
    case Kind::kFloat64:
      return 8;
  }
  return 0;
}

std::uint64_t load(const std::uint8_t* bytes, std::size_t size, bool big_endian) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i) {
    value = value << 8 | bytes[big_endian ? i : size - 1 - i];
  }
  return value;
}

void store(std::uint8_t* bytes, std::size_t size, bool big_endian, std::uint64_t value) {
  for (std::size_t i = 0; i < size; ++i) {
    bytes[big_endian ? size - 1 - i : i] = static_cast<std::uint8_t>(value >> (8 * i));
  }
}

std::int64_t get_integer(std::span<const std::uint8_t> bytes, Field field, bool big_endian,
                         std::size_t index) {
  const std::size_t size = size_of(field.kind);
  const std::uint64_t value = load(bytes.data() + field.offset + index * size, size, big_endian);
  const auto unused_bits = static_cast<unsigned>(64 - 8 * size);
  return static_cast<std::int64_t>(value << unused_bits) >> unused_bits;
}

double get_number(std::span<const std::uint8_t> bytes, Field field, bool big_endian,
                  std::size_t index) {
  const std::size_t size = size_of(field.kind);
  if (field.kind != Kind::kFloat32 && field.kind != Kind::kFloat64) {
    return static_cast<double>(get_integer(bytes, field, big_endian, index));
  }
  const std::uint64_t value = load(bytes.data() + field.offset + index * size, size, big_endian);
  return field.kind == Kind::kFloat32
             ? static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(value)))
             : std::bit_cast<double>(value);
}

void put_integer(std::span<std::uint8_t> bytes, Field field, bool big_endian, std::size_t index,
                 std::int64_t value, const std::string& name) {
  if (field.kind == Kind::kFloat32 || field.kind == Kind::kFloat64) {
    put_number(bytes, field, big_endian, index, static_cast<double>(value));
    return;
  }
  const std::size_t size = size_of(field.kind);
  store(bytes.data() + field.offset + index * size, size, big_endian,
        static_cast<std::uint64_t>(value));
  if (get_integer(bytes, field, big_endian, index) != value) {
    fail(ErrorCode::kFailure, {.what = "NIfTI field " + name + " cannot hold the value",
                               .found = std::to_string(value)});
  }
}

void put_number(std::span<std::uint8_t> bytes, Field field, bool big_endian, std::size_t index,
                double value) {
  const std::size_t size = size_of(field.kind);
  const std::uint64_t bits = field.kind == Kind::kFloat32
                                 ? std::bit_cast<std::uint32_t>(static_cast<float>(value))
                                 : std::bit_cast<std::uint64_t>(value);
  store(bytes.data() + field.offset + index * size, size, big_endian, bits);
}

std::size_t bytes_per_voxel(NiftiType type) {
  switch (type) {
    case NiftiType::kUint8:
    case NiftiType::kInt8:
      return 1;
    case NiftiType::kInt16:
    case NiftiType::kUint16:
      return 2;
    case NiftiType::kInt32:
    case NiftiType::kUint32:
    case NiftiType::kFloat32:
      return 4;
    case NiftiType::kFloat64:
    case NiftiType::kInt64:
    case NiftiType::kUint64:
      return 8;
  }
  return 0;
}

std::string name_of(NiftiType type) {
  switch (type) {
    case NiftiType::kUint8:
      return "uint8";
    case NiftiType::kInt8:
      return "int8";
    case NiftiType::kInt16:
      return "int16";
    case NiftiType::kUint16:
      return "uint16";
    case NiftiType::kInt32:
      return "int32";
    case NiftiType::kUint32:
      return "uint32";
    case NiftiType::kFloat32:
      return "float32";
    case NiftiType::kFloat64:
      return "float64";
    case NiftiType::kInt64:
      return "int64";
    case NiftiType::kUint64:
      return "uint64";
  }
  return "unknown";
}

std::string text_of(double value) {
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return {buffer.data(), end.ptr};
}

void refuse(const std::string& name, const std::string& field, const std::string& what,
            const std::string& expected, const std::string& found, const std::string& remedy) {
  fail(ErrorCode::kIo, {.what = "NIfTI field " + field + " " + what,
                        .where = name,
                        .expected = expected,
                        .found = found,
                        .remedy = remedy});
}

}  // namespace medcl::nifti
