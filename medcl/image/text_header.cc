// SPDX-License-Identifier: Apache-2.0
#include "medcl/image/text_header.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <optional>
#include <sstream>

#include "medcl/core/error.h"

namespace medcl::text_header {
namespace {

constexpr double kLargestNumber = 1e9;

}  // namespace

void refuse(const std::string& name, std::string what, std::string expected, std::string found,
            std::string remedy) {
  if (found.size() > 80) {
    found = found.substr(0, 80) + "...";
  }
  fail(ErrorCode::kIo, {.what = std::move(what),
                        .where = name,
                        .expected = std::move(expected),
                        .found = std::move(found),
                        .remedy = std::move(remedy)});
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

std::vector<double> to_numbers(const std::string& text, const std::string& field,
                               const std::string& name, std::string_view separators) {
  std::string plain = text;
  std::replace_if(
      plain.begin(), plain.end(),
      [&](char c) { return c == '\t' || separators.find(c) != std::string_view::npos; }, ' ');
  std::istringstream words(plain);
  std::vector<double> numbers;
  for (std::string word; words >> word;) {
    const char* begin = word.data() + (word[0] == '+' ? 1 : 0);
    double value = 0;
    const auto [end, error] = std::from_chars(begin, word.data() + word.size(), value);
    if (error != std::errc() || end != word.data() + word.size() ||
        !(std::abs(value) <= kLargestNumber)) {
      refuse(name, "header field '" + field + "' is not made of numbers", "plain decimal numbers",
             text);
    }
    numbers.push_back(value);
  }
  return numbers;
}

void check_spacing(const Fields& fields, const std::string& key, std::size_t count,
                   const std::string& name) {
  const std::string text = get(fields, key);
  if (text.empty()) {
    return;
  }
  const std::vector<double> spacing = to_numbers(text, key, name);
  if (spacing.size() != count ||
      std::any_of(spacing.begin(), spacing.end(), [](double mm) { return mm <= 0; })) {
    refuse(name, "header field '" + key + "' is no spacing",
           std::to_string(count) + " numbers above zero", text);
  }
}

double unit_mm(const std::string& text, const std::string& field, const std::string& name) {
  static const std::map<std::string, double> kUnits{{"", 1},
                                                    {"?", 1},
                                                    {"mm", 1},
                                                    {"millimeter", 1},
                                                    {"millimetre", 1},
                                                    {"cm", 10},
                                                    {"m", 1e3},
                                                    {"nm", 1e-6},
                                                    {"um", 1e-3},
                                                    {"\xc2\xb5m", 1e-3},
                                                    {"micron", 1e-3},
                                                    {"microns", 1e-3},
                                                    {"micrometer", 1e-3},
                                                    {"micrometre", 1e-3}};
  std::string plain = text;
  std::replace(plain.begin(), plain.end(), '"', ' ');
  std::istringstream words(plain);
  std::optional<double> all;
  for (std::string word; words >> word;) {
    const auto unit = kUnits.find(lower(word));
    if (unit == kUnits.end() || (all && *all != unit->second)) {
      refuse(name, "header field '" + field + "' is not one unit of length",
             "mm, um, nm, cm or m, the same for every axis", text);
    }
    all = unit->second;
  }
  return all.value_or(1);
}

bool is_zero(std::span<const double> vector) {
  return std::all_of(vector.begin(), vector.end(), [](double value) { return value == 0; });
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
    fail(ErrorCode::kOutOfResources,
         {.what = "image does not fit into memory",
          .where = name,
          .expected = "at most " + std::to_string(limits.max_bytes) + " bytes",
          .found = "at least " + std::to_string(bytes) + " bytes",
          .remedy = "free memory, or crop or resample the image"});
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

}  // namespace medcl::text_header
