// SPDX-License-Identifier: Apache-2.0
#include "medcl/image/text_header.h"

namespace medcl::text_header {
namespace {

std::uint64_t meta_element_bytes(const std::string& type, const std::string& name) {
  static const std::map<std::string, std::uint64_t> kBytes{
      {"MET_CHAR", 1},      {"MET_UCHAR", 1},     {"MET_SHORT", 2}, {"MET_USHORT", 2},
      {"MET_INT", 4},       {"MET_UINT", 4},      {"MET_FLOAT", 4}, {"MET_DOUBLE", 8},
      {"MET_LONG_LONG", 8}, {"MET_ULONG_LONG", 8}};
  const auto found = kBytes.find(type);
  if (found == kBytes.end()) {
    refuse(name, "header field 'ElementType' is not supported", "MET_UCHAR, MET_SHORT, ...",
           "'" + type + "'");
  }
  return found->second;
}

Fields meta_fields(std::string_view text, const std::string& name, std::size_t& data_begin) {
  Fields fields;
  std::size_t begin = 0;
  while (true) {
    const std::size_t end = text.find('\n', begin);
    if (end == std::string_view::npos) {
      refuse(name, "the header has no field 'ElementDataFile'");
    }
    const std::string_view line = text.substr(begin, end - begin);
    begin = end + 1;
    const std::size_t separator = line.find_first_of("=:");
    if (separator == std::string_view::npos || line.find('\0') != std::string_view::npos) {
      refuse(name, "header line is not 'Field = value'", "", "'" + trimmed(line) + "'");
    }
    const std::string key = trimmed(line.substr(0, separator));
    const std::string value = trimmed(line.substr(separator + 1));
    if (line.find("ElementDataFile", key == "ElementDataFile" ? separator : 0) !=
        std::string_view::npos) {
      refuse(name, "'ElementDataFile' hides inside another field", "", trimmed(line));
    }
    add_field(fields, key, value, name);
    if (key == "ElementDataFile") {
      data_begin = begin;
      return fields;
    }
  }
}

bool is_true(const std::string& value) { return lower(value) == "true"; }

/// The numbers of a field that may be missing (then none).
std::vector<double> check_count(const Fields& fields, const std::string& key, std::size_t count,
                                const std::string& name) {
  const std::string text = get(fields, key);
  std::vector<double> numbers = to_numbers(text, key, name);
  if (!text.empty() && numbers.size() != count) {
    refuse(name, "header field '" + key + "' has the wrong number of values", std::to_string(count),
           text);
  }
  return numbers;
}

/// MetaIO takes any of several names for the matrix and the origin.
void check_positions(const Fields& fields, std::size_t rank, const std::string& name) {
  for (const char* key : {"ElementSpacing", "ElementSize"}) {
    check_spacing(fields, key, rank, name);
  }
  for (const char* key : {"Offset", "Position", "Origin", "CenterOfRotation"}) {
    check_count(fields, key, rank, name);
  }
  for (const char* key : {"TransformMatrix", "Rotation", "Orientation"}) {
    const std::vector<double> matrix = check_count(fields, key, rank * rank, name);
    for (std::size_t axis = 0; axis * rank < matrix.size(); ++axis) {
      if (is_zero(std::span(matrix).subspan(axis * rank, rank))) {
        refuse(name, std::string("header field '") + key + "' has a direction of length zero",
               "a direction for every axis", get(fields, key));
      }
    }
  }
}

}  // namespace

ForeignHeader check_meta(std::span<const std::uint8_t> bytes, std::string_view text,
                         const std::string& name, const NiftiLimits& limits) {
  std::size_t data_begin = 0;
  const Fields fields = meta_fields(text, name, data_begin);
  if (const std::string file = get(fields, "ElementDataFile"); file != "LOCAL") {
    refuse(name, "the pixels are in another file", "ElementDataFile = LOCAL", file, kJoinRemedy);
  }
  const std::int64_t rank = to_integer(get(fields, "NDims"), "NDims", name, 2, 3);
  ForeignHeader header{.format = ForeignFormat::kMeta};
  header.names_thickness = rank == 3;
  header.size = to_size(get(fields, "DimSize"), rank, "DimSize", name);
  if (!is_true(get(fields, "BinaryData"))) {
    refuse(name, "pixels as text are not supported", "BinaryData = True",
           get(fields, "BinaryData"));
  }
  for (const auto& [key, allowed] :
       std::map<std::string, std::string>{{"ElementNumberOfChannels", "1"}, {"HeaderSize", "0"}}) {
    if (const std::string value = get(fields, key); !value.empty() && value != allowed) {
      refuse(name, "header field '" + key + "' is not supported", allowed, value);
    }
  }
  check_positions(fields, static_cast<std::size_t>(rank), name);
  header.names_spacing = !get(fields, "ElementSpacing").empty();
  header.unit_mm = unit_mm(get(fields, "DistanceUnits"), "DistanceUnits", name);
  const std::uint64_t expected = checked_bytes(
      header.size, meta_element_bytes(get(fields, "ElementType"), name), name, limits);
  const auto pixels = bytes.subspan(data_begin);
  const bool compressed = is_true(get(fields, "CompressedData"));
  check_length(expected, compressed ? inflated_length(pixels, expected, name) : pixels.size(),
               name);
  return header;
}

}  // namespace medcl::text_header
