// SPDX-License-Identifier: Apache-2.0
#include "medcl/format/safetensors.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>

#include "medcl/core/error.h"
#include "medcl/core/mapped_file.h"
#include "medcl/core/options.h"
#include "medcl/format/json.h"

namespace medcl {
namespace {

constexpr std::uint64_t kMaxHeaderBytes = 100'000'000;
constexpr std::size_t kLengthBytes = 8;
constexpr const char* kMetadataKey = "__metadata__";

struct TypeRow {
  const char* name;
  std::size_t size;
};

// In the order of DType.
constexpr std::array<TypeRow, 13> kTypes = {{{"BOOL", 1},
                                             {"U8", 1},
                                             {"I8", 1},
                                             {"I16", 2},
                                             {"U16", 2},
                                             {"F16", 2},
                                             {"BF16", 2},
                                             {"I32", 4},
                                             {"U32", 4},
                                             {"F32", 4},
                                             {"F64", 8},
                                             {"I64", 8},
                                             {"U64", 8}}};

std::optional<DType> dtype_of(const std::string& name) {
  for (std::size_t i = 0; i < kTypes.size(); ++i) {
    if (name == kTypes[i].name) {
      return static_cast<DType>(i);
    }
  }
  return std::nullopt;
}

[[noreturn]] void refuse(const std::string& where, const std::string& what,
                         const std::string& expected = "", const std::string& found = "") {
  fail(ErrorCode::kIo, {.what = what, .where = where, .expected = expected, .found = found});
}

/// Position and meaning of one tensor, before it is known that all tensors fit together.
struct Entry {
  std::string name;
  DType dtype = DType::kF32;
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0, end = 0;
};

const Json& member(const Json& info, const char* key, const std::string& where) {
  const auto found = info.find(key);
  if (found == info.end()) {
    refuse(where, std::string(key) + " is missing");
  }
  return *found;
}

std::uint64_t whole_number(const Json& value, const char* key, const std::string& where) {
  if (!value.is_number_unsigned()) {
    refuse(where, std::string(key) + " is not a whole number", "0 or more", value.dump());
  }
  return value.get<std::uint64_t>();
}

std::uint64_t byte_count(const Entry& entry, const std::string& where) {
  std::uint64_t bytes = size_of(entry.dtype);
  for (const std::int64_t side : entry.shape) {
    if (__builtin_mul_overflow(bytes, static_cast<std::uint64_t>(side), &bytes)) {
      refuse(where, "shape overflows");
    }
  }
  return bytes;
}

Entry read_entry(const std::string& name, const Json& info, const std::string& file) {
  const std::string where = file + ": tensor \"" + name + "\"";
  if (!info.is_object()) {
    refuse(where, "entry is not an object");
  }
  Entry entry;
  entry.name = name;
  const Json& dtype = member(info, "dtype", where);
  const auto known = dtype.is_string() ? dtype_of(dtype.get<std::string>()) : std::nullopt;
  if (!known) {
    refuse(where, "dtype is unknown", "BOOL, U8, I8, ... F32, F64, I64, U64", dtype.dump());
  }
  entry.dtype = *known;
  const Json& shape = member(info, "shape", where);
  if (!shape.is_array()) {
    refuse(where, "shape is not an array");
  }
  for (const Json& side : shape) {
    const std::uint64_t value = whole_number(side, "shape", where);
    if (value > INT64_MAX) {
      refuse(where, "shape overflows");
    }
    entry.shape.push_back(static_cast<std::int64_t>(value));
  }
  const Json& offsets = member(info, "data_offsets", where);
  if (!offsets.is_array() || offsets.size() != 2) {
    refuse(where, "data_offsets is not a pair");
  }
  entry.begin = whole_number(offsets[0], "data_offsets", where);
  entry.end = whole_number(offsets[1], "data_offsets", where);
  if (entry.end < entry.begin || entry.end - entry.begin != byte_count(entry, where)) {
    refuse(where, "data_offsets do not fit shape and dtype",
           std::to_string(byte_count(entry, where)) + " bytes", offsets.dump());
  }
  return entry;
}

void check_contiguous(std::vector<Entry>& entries, std::uint64_t data_bytes,
                      const std::string& file) {
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
  });
  std::uint64_t used = 0;
  for (const Entry& entry : entries) {
    if (entry.begin != used) {
      refuse(file + ": tensor \"" + entry.name + "\"",
             entry.begin > used ? "data_offsets leave a hole" : "data_offsets overlap",
             std::to_string(used), std::to_string(entry.begin));
    }
    used = entry.end;
  }
  if (used != data_bytes) {
    refuse(file, used > data_bytes ? "file ends before its tensors" : "bytes after the last tensor",
           std::to_string(used) + " bytes of data", std::to_string(data_bytes));
  }
}

std::map<std::string, std::string> read_metadata(const Json& value, const std::string& file) {
  if (!value.is_object()) {
    refuse(file, "__metadata__ is not an object");
  }
  std::map<std::string, std::string> metadata;
  for (const auto& [key, text] : value.items()) {
    if (!text.is_string()) {
      refuse(file, "__metadata__ value of \"" + key + "\" is not a string");
    }
    metadata[key] = text.get<std::string>();
  }
  return metadata;
}

std::string_view header_text(std::span<const std::uint8_t> bytes, const std::string& name) {
  if (bytes.size() < kLengthBytes) {
    refuse(name, "file is too short for safetensors", "8 bytes or more",
           std::to_string(bytes.size()));
  }
  std::uint64_t length = 0;
  for (std::size_t i = kLengthBytes; i-- > 0;) {
    length = length << 8 | bytes[i];
  }
  if (length > kMaxHeaderBytes || length > bytes.size() - kLengthBytes) {
    refuse(name, "header length is beyond the file or the limit",
           "at most " + std::to_string(
                            std::min<std::uint64_t>(kMaxHeaderBytes, bytes.size() - kLengthBytes)),
           std::to_string(length));
  }
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()) + kLengthBytes, length);
  if (text.empty() || text.front() != '{') {
    refuse(name, "header does not start with '{'");
  }
  return text;
}

}  // namespace

std::size_t size_of(DType dtype) { return kTypes.at(static_cast<std::size_t>(dtype)).size; }

std::string name_of(DType dtype) { return kTypes.at(static_cast<std::size_t>(dtype)).name; }

SafetensorsFile SafetensorsFile::read(std::span<const std::uint8_t> bytes,
                                      std::shared_ptr<const void> owner, const std::string& name) {
  const std::string_view text = header_text(bytes, name);
  const Json header = parse_json(text, name);
  SafetensorsFile file;
  file.name_ = name;
  file.owner_ = std::move(owner);
  std::vector<Entry> entries;
  for (const auto& [key, info] : header.items()) {
    if (key == kMetadataKey) {
      file.metadata_ = read_metadata(info, name);
    } else {
      entries.push_back(read_entry(key, info, name));
    }
  }
  const auto data = bytes.subspan(kLengthBytes + text.size());
  check_contiguous(entries, data.size(), name);
  for (Entry& entry : entries) {
    file.tensors_[entry.name] = {entry.dtype, std::move(entry.shape),
                                 data.subspan(entry.begin, entry.end - entry.begin)};
  }
  return file;
}

SafetensorsFile SafetensorsFile::open(const std::filesystem::path& path) {
  std::shared_ptr<const MappedFile> mapped = MappedFile::open(path);
  const auto bytes = mapped->bytes();
  return read(bytes, std::move(mapped), path.string());
}

SafetensorsFile SafetensorsFile::parse(std::span<const std::uint8_t> bytes,
                                       const std::string& name) {
  auto copy = std::make_shared<const std::vector<std::uint8_t>>(bytes.begin(), bytes.end());
  const std::span<const std::uint8_t> view(*copy);
  return read(view, std::move(copy), name);
}

const TensorView& SafetensorsFile::at(const std::string& name) const {
  const auto found = tensors_.find(name);
  if (found != tensors_.end()) {
    return found->second;
  }
  std::vector<std::string> names;
  for (const auto& [known, view] : tensors_) {
    names.push_back(known);
  }
  const std::string nearest = nearest_name(name, names);
  fail(ErrorCode::kIo,
       {.what = "has no tensor \"" + name + "\"",
        .where = name_,
        .remedy = nearest.empty() ? "" : "the nearest name is \"" + nearest + "\""});
}

}  // namespace medcl
