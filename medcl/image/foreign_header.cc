// SPDX-License-Identifier: Apache-2.0
#include "medcl/image/foreign_header.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <map>
#include <sstream>
#include <string_view>

#include "medcl/core/error.h"

namespace medcl {
namespace {

using Fields = std::map<std::string, std::string>;

constexpr std::size_t kMaxHeaderBytes = std::size_t{1} << 20;

[[noreturn]] void refuse(const std::string& name, std::string what, std::string expected = {},
                         std::string found = {}) {
  if (found.size() > 80) {
    found = found.substr(0, 80) + "...";
  }
  fail(ErrorCode::kIo, {.what = std::move(what),
                        .where = name,
                        .expected = std::move(expected),
                        .found = std::move(found),
                        .remedy = {}});
}

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) {
    return "";
  }
  return std::string(text.substr(first, text.find_last_not_of(" \t\r") - first + 1));
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// Lower case, without blanks: teem takes "data file" and "datafile" for the same field.
std::string key_of(std::string_view text) {
  std::string key = lower(std::string(text));
  std::erase_if(key, [](char c) { return c == ' ' || c == '\t'; });
  return key;
}

void add_field(Fields& fields, const std::string& key, std::string value, const std::string& name) {
  if (!fields.emplace(key, std::move(value)).second) {
    refuse(name, "header field '" + key + "' is given twice");
  }
}

std::string get(const Fields& fields, const std::string& key) {
  const auto found = fields.find(key);
  return found == fields.end() ? std::string() : found->second;
}

std::int64_t to_integer(const std::string& text, const std::string& field, const std::string& name,
                        std::int64_t minimum, std::int64_t maximum) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < minimum ||
      value > maximum) {
    refuse(name, "header field '" + field + "' is not a valid number",
           std::to_string(minimum) + ".." + std::to_string(maximum), "'" + text + "'");
  }
  return value;
}

Size3 to_size(const std::string& text, std::int64_t rank, const std::string& field,
              const std::string& name) {
  Size3 size{1, 1, 1};
  std::istringstream words(text);
  std::string word;
  std::int64_t count = 0;
  while (words >> word) {
    if (count == rank) {
      refuse(name, "header field '" + field + "' has too many numbers", std::to_string(rank), text);
    }
    size[static_cast<std::size_t>(count++)] = to_integer(word, field, name, 1, 1 << 20);
  }
  if (count != rank) {
    refuse(name, "header field '" + field + "' has too few numbers", std::to_string(rank), text);
  }
  return size;
}

/// Positions and directions: plain decimal numbers only (NaN matrices abort inside ITK).
void check_numbers(const Fields& fields, std::initializer_list<const char*> keys,
                   const std::string& name) {
  for (const char* key : keys) {
    const std::string text = get(fields, key);
    if (text.find_first_not_of("0123456789+-.eE(), \t") != std::string::npos) {
      refuse(name, std::string("header field '") + key + "' is not made of numbers", "", text);
    }
  }
}

std::uint64_t checked_bytes(const Size3& size, std::uint64_t element, const std::string& name,
                            const NiftiLimits& limits) {
  std::uint64_t bytes = element;
  for (const std::int64_t extent : size) {  // extents are at most 2^20: three of them fit 64 bits
    if (bytes > limits.max_bytes) {
      break;
    }
    bytes *= static_cast<std::uint64_t>(extent);
  }
  if (bytes > limits.max_bytes) {
    fail(ErrorCode::kOutOfResources, {.what = "image is larger than the limit",
                                      .where = name,
                                      .expected = std::to_string(limits.max_bytes) + " bytes",
                                      .found = "at least " + std::to_string(bytes) + " bytes",
                                      .remedy = {}});
  }
  return bytes;
}

void check_length(std::uint64_t expected, std::uint64_t found, const std::string& name) {
  if (expected != found) {
    refuse(name,
           found < expected ? "the file is cut off: pixels are missing"
                            : "the file is longer than its header says",
           std::to_string(expected) + " bytes of pixels", std::to_string(found));
  }
}

/// Length of a zlib or gzip stream, inflated and thrown away; never more than limit + one buffer.
std::uint64_t inflated_length(std::span<const std::uint8_t> bytes, std::uint64_t limit,
                              const std::string& name) {
  z_stream stream{};
  check(inflateInit2(&stream, 47) == Z_OK, "zlib does not start");
  std::array<std::uint8_t, 1 << 16> buffer;
  std::uint64_t length = 0;
  std::size_t used = 0;
  int status = Z_OK;
  while (status == Z_OK && length <= limit) {
    const std::size_t part = std::min<std::size_t>(bytes.size() - used, 1U << 30);
    stream.next_in = const_cast<Bytef*>(bytes.data() + used);
    stream.avail_in = static_cast<uInt>(part);
    stream.next_out = buffer.data();
    stream.avail_out = static_cast<uInt>(buffer.size());
    status = inflate(&stream, Z_NO_FLUSH);
    used += part - stream.avail_in;
    length += buffer.size() - stream.avail_out;
  }
  inflateEnd(&stream);
  if (length <= limit && status != Z_STREAM_END) {
    refuse(name, "compressed pixels are cut off or damaged");
  }
  return length;
}

// ---- NRRD

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
             trimmed(line.substr(colon + 1)));
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
  header.size = to_size(get(fields, "sizes"), rank, "sizes", name);
  header.names_orientation = is_anatomical_space(get(fields, "space"));
  const std::string kinds = lower(get(fields, "kinds"));
  for (const char* kind : {"vector", "color", "list", "matrix", "tensor", "complex", "point"}) {
    if (kinds.find(kind) != std::string::npos) {
      refuse(name, "several values per voxel", "one scalar per voxel", "kinds: " + kinds);
    }
  }
  check_numbers(fields, {"spacedirections", "spaceorigin", "spacings"}, name);
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

// ---- MetaImage

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

ForeignHeader check_meta(std::span<const std::uint8_t> bytes, std::string_view text,
                         const std::string& name, const NiftiLimits& limits) {
  std::size_t data_begin = 0;
  const Fields fields = meta_fields(text, name, data_begin);
  if (const std::string file = get(fields, "ElementDataFile"); file != "LOCAL") {
    refuse(name, "the pixels are in another file", "ElementDataFile = LOCAL", file);
  }
  const std::int64_t rank = to_integer(get(fields, "NDims"), "NDims", name, 2, 3);
  ForeignHeader header{.format = ForeignFormat::kMeta};
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
  check_numbers(fields,
                {"TransformMatrix", "Rotation", "Orientation", "Offset", "Position", "Origin",
                 "ElementSpacing", "ElementSize", "CenterOfRotation"},
                name);
  const std::uint64_t expected = checked_bytes(
      header.size, meta_element_bytes(get(fields, "ElementType"), name), name, limits);
  const auto pixels = bytes.subspan(data_begin);
  const bool compressed = is_true(get(fields, "CompressedData"));
  check_length(expected, compressed ? inflated_length(pixels, expected, name) : pixels.size(),
               name);
  return header;
}

}  // namespace

ForeignHeader check_foreign_header(std::span<const std::uint8_t> bytes, ForeignFormat format,
                                   const std::string& name, const NiftiLimits& limits) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()),
                              std::min(bytes.size(), kMaxHeaderBytes));
  return format == ForeignFormat::kNrrd ? check_nrrd(bytes, text, name, limits)
                                        : check_meta(bytes, text, name, limits);
}

}  // namespace medcl
