// SPDX-License-Identifier: Apache-2.0
#pragma once

// A test tool: makes zip archives and pickles by hand, for tests and seeds. Header only.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace medcl {

/// The lowest `width` bytes, little-endian.
inline std::string little_endian(std::uint64_t value, int width) {
  std::string text;
  for (int i = 0; i < width; ++i) text += static_cast<char>(value >> (8 * i));
  return text;
}

using ZipParts = std::vector<std::pair<std::string, std::string>>;

/// Records without CRC-32, stored; those whose name begins with `packed` claim to be compressed to
/// a quarter by `method`.
inline std::string zip_of(const ZipParts& parts, int method = 0, const std::string& packed = "") {
  std::string file, directory;
  for (const auto& [name, content] : parts) {
    const bool is_packed = method != 0 && name.starts_with(packed);
    const std::string common =
        little_endian(0, 2) + little_endian(is_packed ? static_cast<std::uint64_t>(method) : 0, 2) +
        little_endian(0, 8) + little_endian(content.size(), 4) +
        little_endian(is_packed ? 4 * content.size() : content.size(), 4) +
        little_endian(name.size(), 2) + little_endian(0, 2);
    directory += "PK\1\2" + little_endian(20, 4) + common + std::string(10, '\0') +
                 little_endian(file.size(), 4) + name;
    file += "PK\3\4" + little_endian(20, 2) + common + name + content;
  }
  return file + directory + "PK\5\6" + little_endian(0, 4) + little_endian(parts.size(), 2) +
         little_endian(parts.size(), 2) + little_endian(directory.size(), 4) +
         little_endian(file.size(), 4) + little_endian(0, 2);
}

inline std::string pickled(const std::string& text) {
  return "X" + little_endian(text.size(), 4) + text;
}
inline std::string pickled(std::int64_t number) {
  return "\x8a\x08" + little_endian(static_cast<std::uint64_t>(number), 8);
}
inline std::string pickled_numbers(const std::vector<std::int64_t>& numbers) {
  std::string text = "(";
  for (const std::int64_t number : numbers) text += pickled(number);
  return text + "t";
}

struct PickledTensor {
  std::string type = "FloatStorage", key = "0";
  std::int64_t count = 6, offset = 0;
  std::vector<std::int64_t> sizes = {2, 3}, strides = {3, 1};
  std::string after_count;  ///< "N" in the older stream
};

inline std::string pickled_tensor(const PickledTensor& tensor) {
  return "ctorch._utils\n_rebuild_tensor_v2\n((" + pickled("storage") + "ctorch\n" + tensor.type +
         "\n" + pickled(tensor.key) + pickled("cpu") + pickled(tensor.count) + tensor.after_count +
         "tQ" + pickled(tensor.offset) + pickled_numbers(tensor.sizes) +
         pickled_numbers(tensor.strides) +
         "\x89"
         "ccollections\nOrderedDict\n)RtR";
}

/// {"w": object}
inline std::string pickled_dict(const std::string& object) {
  return "\x80\x02}" + pickled("w") + object + "s.";
}

/// An archive of torch.save with one storage of six float32: 0, 1, 2, 3, 4, 5.
inline std::string checkpoint_of(const std::string& pickle, ZipParts more = {}) {
  std::string data;
  for (const std::uint64_t bits :
       {0x0U, 0x3f800000U, 0x40000000U, 0x40400000U, 0x40800000U, 0x40a00000U}) {
    data += little_endian(bits, 4);
  }
  more.insert(more.begin(), {{"a/data.pkl", pickle}, {"a/data/0", data}});
  return zip_of(more);
}

/// The older stream with one storage of six float32 zeros.
inline std::string legacy_of(const std::string& pickle) {
  return "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03.\x80\x02}" +
         pickled("little_endian") + "\x88s." + pickle + "\x80\x02]" + pickled("0") + "a." +
         little_endian(6, 8) + std::string(24, '\0');
}

}  // namespace medcl
