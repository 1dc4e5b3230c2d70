// SPDX-License-Identifier: Apache-2.0
#pragma once

// Where the fields of both NIfTI versions lie, and access to them in either byte order.
// Private to the NIfTI reader and writer.
//
// Source: nifti1.h (2007), nifti2.h (2011).

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "medcl/format/nifti.h"

namespace medcl::nifti {

enum class Kind { kInt8, kInt16, kInt32, kInt64, kFloat32, kFloat64 };
std::size_t size_of(Kind kind);

struct Field {
  std::size_t offset;
  Kind kind;
};

struct Layout {
  std::size_t header_bytes;
  Field dim, datatype, bitpix, pixdim, vox_offset, scl_slope, scl_inter, cal_max, cal_min;
  Field qform_code, sform_code, quatern, qoffset, srow, xyzt_units;
  std::size_t descrip;  ///< 80 characters
  std::size_t magic;
};

const Layout& layout_of(int version);

constexpr std::size_t kExtensionFlagBytes = 4;
constexpr std::size_t kDescriptionBytes = 80;

std::uint64_t load(const std::uint8_t* bytes, std::size_t size, bool big_endian);
void store(std::uint8_t* bytes, std::size_t size, bool big_endian, std::uint64_t value);

std::int64_t get_integer(std::span<const std::uint8_t> bytes, Field field, bool big_endian,
                         std::size_t index = 0);
double get_number(std::span<const std::uint8_t> bytes, Field field, bool big_endian,
                  std::size_t index = 0);
/// @throws Error(kFailure) when `value` does not fit the field; `name` names the field.
void put_integer(std::span<std::uint8_t> bytes, Field field, bool big_endian, std::size_t index,
                 std::int64_t value, const std::string& name);
void put_number(std::span<std::uint8_t> bytes, Field field, bool big_endian, std::size_t index,
                double value);

/// The start of a file and what is known about it.
struct Source {
  std::span<const std::uint8_t> bytes;
  const std::string& name;
  const Layout* layout;
  bool big_endian;

  [[nodiscard]] std::int64_t integer(Field field, std::size_t index = 0) const {
    return get_integer(bytes, field, big_endian, index);
  }
  [[nodiscard]] double number(Field field, std::size_t index = 0) const {
    return get_number(bytes, field, big_endian, index);
  }
  [[nodiscard]] std::string_view text(std::size_t offset, std::size_t count) const {
    return {reinterpret_cast<const char*>(bytes.data()) + offset, count};
  }
};

std::size_t bytes_per_voxel(NiftiType type);
std::string name_of(NiftiType type);

/// Checks every field that stands alone. `bytes` is the start of the uncompressed file, at least
/// up to the end of the extensions if `raw` shall be filled completely.
/// `spacing_is_known`: the caller knows the voxel size otherwise; where that of the file is no
/// plausible one it is 0 then, else refused.
NiftiHeader parse_header(std::span<const std::uint8_t> bytes, const std::string& name,
                         bool spacing_is_known = false);
/// The fields that place the voxels in space, each checked for itself.
void read_orientation(const Source& source, NiftiHeader& header);
/// dim[1] * ... * dim[rank]; checked against overflow by parse_header.
std::uint64_t voxel_count(const NiftiHeader& header);
/// The position behind the last voxel, in bytes.
std::uint64_t needed_bytes(const NiftiHeader& header);
/// Checks the chain of extensions between header and voxels.
void check_extensions(std::span<const std::uint8_t> raw, const NiftiHeader& header,
                      const std::string& name);

std::string text_of(double value);
[[noreturn]] void refuse(const std::string& name, const std::string& field, const std::string& what,
                         const std::string& expected = "", const std::string& found = "",
                         const std::string& remedy = "");

}  // namespace medcl::nifti
