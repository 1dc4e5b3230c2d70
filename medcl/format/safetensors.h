// SPDX-License-Identifier: Apache-2.0
#pragma once

// safetensors: named tensors in one file that cannot run code.
//
// Source: https://huggingface.co/docs/safetensors (8-byte little-endian header length, JSON header,
// contiguous data without holes). Refuses what the reference implementation refuses.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace medcl {

enum class DType { kBool, kU8, kI8, kI16, kU16, kF16, kBF16, kI32, kU32, kF32, kF64, kI64, kU64 };
std::size_t size_of(DType dtype);
std::string name_of(DType dtype);  ///< "F32" and so on

/// A tensor in somebody else's memory: little-endian, row-major. The bytes need not be aligned to
/// the element (the format allows odd offsets): copy them, do not cast.
struct TensorView {
  DType dtype = DType::kF32;
  std::vector<std::int64_t> shape;
  std::span<const std::uint8_t> bytes;
};

/// A memory-mapped file; views stay valid as long as the object (or a copy of it) lives.
class SafetensorsFile {
 public:
  /// Maps a file and checks its whole header against its length. @throws Error(kIo) naming the
  /// entry.
  static SafetensorsFile open(const std::filesystem::path& path);
  /// Reads bytes in memory, which are copied. @throws as open.
  static SafetensorsFile parse(std::span<const std::uint8_t> bytes, const std::string& name);

  [[nodiscard]] const std::map<std::string, TensorView>& tensors() const { return tensors_; }
  [[nodiscard]] const std::map<std::string, std::string>& metadata() const { return metadata_; }
  [[nodiscard]] bool contains(const std::string& name) const { return tensors_.count(name) != 0; }
  /// The tensor of this name. @throws Error(kIo) when absent, naming the file and the nearest name.
  [[nodiscard]] const TensorView& at(const std::string& name) const;

 private:
  static SafetensorsFile read(std::span<const std::uint8_t> bytes,
                              std::shared_ptr<const void> owner, const std::string& name);
  std::string name_;
  std::shared_ptr<const void> owner_;
  std::map<std::string, TensorView> tensors_;
  std::map<std::string, std::string> metadata_;
};

/// Writes tensors ordered by element size (largest first), then name; header padded to 8 bytes:
/// every tensor is aligned and equal content gives equal bytes. Atomic.
void write_safetensors(const std::filesystem::path& path,
                       const std::map<std::string, TensorView>& tensors,
                       const std::map<std::string, std::string>& metadata = {});

}  // namespace medcl
