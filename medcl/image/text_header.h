// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the readers of NRRD and MetaImage headers share: fields of text, numbers in them, lengths.
// Every function that refuses throws Error(kIo) naming the file, the field, what was expected and
// what was found.

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "medcl/image/foreign_header.h"

namespace medcl::text_header {

using Fields = std::map<std::string, std::string>;

/// What to do about a header whose pixels lie in a file of their own (.mhd with .raw, .nhdr with
/// .raw.gz).
inline constexpr const char* kJoinRemedy =
    "headers never name the file to read: save both as one file (.mha, .nrrd or .nii.gz), for "
    "example with 3D Slicer or ITK";

/// Throws Error(kIo); `found` is shortened to 80 characters.
[[noreturn]] void refuse(const std::string& name, std::string what, std::string expected = {},
                         std::string found = {}, std::string remedy = {});

std::string trimmed(std::string_view text);
std::string lower(std::string text);

/// Adds a field; refuses one that is there already.
void add_field(Fields& fields, const std::string& key, std::string value, const std::string& name);

/// The value of a field; empty where it is missing.
std::string get(const Fields& fields, const std::string& key);

std::int64_t to_integer(const std::string& text, const std::string& field, const std::string& name,
                        std::int64_t minimum, std::int64_t maximum);

/// A field of `rank` extents, each 1..2^20; the rest of the three is 1.
Size3 to_size(const std::string& text, std::int64_t rank, const std::string& field,
              const std::string& name);

/// The plain decimal numbers of a field, parted by blanks or by `separators`; no NaN (NaN matrices
/// abort inside ITK), no infinity, none beyond 10^9.
std::vector<double> to_numbers(const std::string& text, const std::string& field,
                               const std::string& name, std::string_view separators = {});

/// Refuses a field of spacing, where it is there, that has not exactly `count` numbers above zero.
void check_spacing(const Fields& fields, const std::string& key, std::size_t count,
                   const std::string& name);

/// The length of the unit that a field names, once or for each axis, quoted or not: "mm", "um" ...
/// 1 where the field is missing, empty or "?". Refuses what is no unit of length, and units that
/// differ.
double unit_mm(const std::string& text, const std::string& field, const std::string& name);

/// Whether a vector has the length zero.
bool is_zero(std::span<const double> vector);

/// How many bytes the pixels take. @throws Error(kOutOfResources) beyond `limits`.
std::uint64_t checked_bytes(const Size3& size, std::uint64_t element, const std::string& name,
                            const NiftiLimits& limits);

void check_length(std::uint64_t expected, std::uint64_t found, const std::string& name);

/// The length of a zlib or gzip stream, inflated and thrown away; never more than limit + one
/// buffer.
std::uint64_t inflated_length(std::span<const std::uint8_t> bytes, std::uint64_t limit,
                              const std::string& name);

/// check_foreign_header for either format; `text` is the beginning of `bytes`, long enough for
/// every header.
ForeignHeader check_nrrd(std::span<const std::uint8_t> bytes, std::string_view text,
                         const std::string& name, const NiftiLimits& limits);
ForeignHeader check_meta(std::span<const std::uint8_t> bytes, std::string_view text,
                         const std::string& name, const NiftiLimits& limits);

}  // namespace medcl::text_header
