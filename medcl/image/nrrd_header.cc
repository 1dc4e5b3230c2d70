// SPDX-License-Identifier: Apache-2.0
#include "medcl/image/text_header.h"

namespace medcl::text_header {
namespace {

/// Lower case, without blanks: teem takes "data file" and "datafile" for the same field.
std::string key_of(std::string_view text) {
  std::string key = lower(std::string(text));
  std::erase_if(key, [](char c) { return c == ' ' || c == '\t'; });
  return key;
}

std::uint64_t nrrd_element_bytes(const std::string& type, const std::string& name) {
  static const std::map<std::string, std::uint64_t> kBytes = [] {
    std::map<std::string, std::uint64_t> bytes{{"float", 4}, {"double", 8}};
    const auto add = [&](std::uint64_t size, std::initializer_list<const char*> names) {
      for (const char* one : names) {
        bytes[one] = size;
      }
    };
    add(1, {"signed char", "int8", "int8_t", "uchar", "unsigned char", "uint8", "uint8_t"});
    add(2, {"short", "short int", "signed short", "signed short int", "int16", "int16_t", "ushort",
            "unsigned short", "unsigned short int", "uint16", "uint16_t"});
    add(4, {"int", "signed int", "int32", "int32_t", "uint", "unsigned int", "uint32", "uint32_t"});
    add(8, {"longlong", "long long", "long long int", "signed long long", "signed long long int",
            "int64", "int64_t", "ulonglong", "unsigned long long", "unsigned long long int",
            "uint64", "uint64_t"});
    return bytes;
  }();
  const auto found = kBytes.find(type);
  if (found == kBytes.end()) {
    refuse(name, "header field 'type' is not supported", "an integer or floating point type",
           "'" + type + "'");
  }
  return found->second;
}

/// Fields of the header; `data_begin` becomes the offset of the pixels.
Fields nrrd_fields(std::string_view text, const std::string& name, std::size_t& data_begin) {
  Fields fields;
  std::size_t begin = 0;
  for (bool first = true;; first = false) {
    const std::size_t end = text.find('\n', begin);
    if (end == std::string_view::npos) {
      refuse(name, "the header has no end (an empty line)");
    }
    const std::string_view line = text.substr(begin, end - begin);
    begin = end + 1;
    if (line.empty()) {
      data_begin = begin;
      return fields;
    }
    if (line.find('\r') != std::string_view::npos || line.find('\0') != std::string_view::npos) {
      refuse(name, "the header has carriage returns or zero bytes");
    }
    if (first || line[0] == '#') {
      continue;
    }
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) {
      refuse(name, "header line is not 'field: value'", "", "'" + std::string(line) + "'");
    }
    const std::string key = key_of(line.substr(0, colon));
    if (key == "datafile") {
      refuse(name, "the pixels are in another file", "data in the same file",
             trimmed(line.substr(colon + 1)), kJoinRemedy);
    }
    if (colon + 1 < line.size() && line[colon + 1] == '=') {
      continue;  // key/value pairs carry notes, not structure
    }
    add_field(fields, key, trimmed(line.substr(colon + 1)), name);
  }
}

bool is_anatomical_space(const std::string& space) {
  const std::string name = lower(space);
  return name == "ras" || name == "las" || name == "lps" || name == "right-anterior-superior" ||
         name == "left-anterior-superior" || name == "left-posterior-superior";
}

/// One vector per axis, "(1,0,0) (0,1,0) (0,0,2)", none of length zero.
void check_directions(const std::string& text, std::int64_t rank, const std::string& name) {
  if (text.empty()) {
    return;
  }
  const std::string field = "space directions";
  std::int64_t vectors = 0;
  std::size_t begin = 0;
  while ((begin = text.find_first_not_of(" \t", begin)) != std::string::npos) {
    const std::size_t end = text.find(')', begin);
    if (text[begin] != '(' || end == std::string::npos) {
      refuse(name, "header field '" + field + "' is not made of vectors", "(number,...) per axis",
             text);
    }
    const std::vector<double> vector =
        to_numbers(text.substr(begin + 1, end - begin - 1), field, name, ",");
    if (is_zero(vector)) {
      refuse(name, "header field '" + field + "' has a vector of length zero",
             "a direction for every axis", text);
    }
    ++vectors;
    begin = end + 1;
  }
  if (vectors != rank) {
    refuse(name, "header field '" + field + "' has the wrong number of vectors",
           std::to_string(rank), std::to_string(vectors));
  }
}

}  // namespace

ForeignHeader check_nrrd(std::span<const std::uint8_t> bytes, std::string_view text,
                         const std::string& name, const NiftiLimits& limits) {
  std::size_t data_begin = 0;
  const Fields fields = nrrd_fields(text, name, data_begin);
  for (const char* skip : {"lineskip", "byteskip"}) {
    if (const std::string value = get(fields, skip); !value.empty() && value != "0") {
      refuse(name, std::string("header field '") + skip + "' is not supported", "0", value);
    }
  }
  const std::int64_t rank = to_integer(get(fields, "dimension"), "dimension", name, 2, 3);
  ForeignHeader header{.format = ForeignFormat::kNrrd};
  header.names_thickness = rank == 3;
  header.size = to_size(get(fields, "sizes"), rank, "sizes", name);
  const bool has_directions = !get(fields, "spacedirections").empty();
  header.names_orientation = is_anatomical_space(get(fields, "space")) && has_directions;
  header.names_spacing = has_directions || !get(fields, "spacings").empty();
  header.spacing_field = "space directions";
  header.unit_mm = has_directions ? unit_mm(get(fields, "spaceunits"), "space units", name)
                                  : unit_mm(get(fields, "units"), "units", name);
  const std::string kinds = lower(get(fields, "kinds"));
  for (const char* kind : {"vector", "color", "list", "matrix", "tensor", "complex", "point"}) {
    if (kinds.find(kind) != std::string::npos) {
      refuse(name, "several values per voxel", "one scalar per voxel", "kinds: " + kinds);
    }
  }
  check_directions(get(fields, "spacedirections"), rank, name);
  to_numbers(get(fields, "spaceorigin"), "space origin", name, "(),");
  check_spacing(fields, "spacings", static_cast<std::size_t>(rank), name);
  const std::uint64_t expected = checked_bytes(
      header.size, nrrd_element_bytes(lower(get(fields, "type")), name), name, limits);
  const auto pixels = bytes.subspan(data_begin);
  const std::string encoding = lower(get(fields, "encoding"));
  if (encoding == "raw") {
    check_length(expected, pixels.size(), name);
  } else if (encoding == "gzip" || encoding == "gz") {
    check_length(expected, inflated_length(pixels, expected, name), name);
  } else {
    refuse(name, "header field 'encoding' is not supported", "raw or gzip", "'" + encoding + "'");
  }
  return header;
}

}  // namespace medcl::text_header
