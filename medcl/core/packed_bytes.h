// SPDX-License-Identifier: Apache-2.0
#pragma once

// Values as bytes on their way between two processes of this program (child_process.h), and back in
// the same order. No format for files: sizes and byte order are those of the machine.

#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "medcl/core/error.h"

namespace medcl {

/// One function of a caller lists the values once, for both ways: `packed(value)` appends it to the
/// bytes, or fills it from them.
class PackedBytes {
 public:
  /// Begins without bytes; values are appended.
  PackedBytes() : writing_(true) {}
  /// Begins with `bytes`; values are filled from them. A value that they
  /// end too early for throws Error(kFailure).
  explicit PackedBytes(std::string bytes) : writing_(false), bytes_(std::move(bytes)) {}

  template <typename T>
  void operator()(T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    move(&value, sizeof value);
  }
  void operator()(std::string& text) { run_of(text); }
  template <typename T>
  void operator()(std::vector<T>& values) {
    static_assert(std::is_trivially_copyable_v<T>);
    run_of(values);
  }

  [[nodiscard]] std::string take() { return std::move(bytes_); }

 private:
  template <typename Run>
  void run_of(Run& run) {
    auto count = static_cast<std::uint64_t>(run.size());
    (*this)(count);
    constexpr std::uint64_t kSize = sizeof(typename Run::value_type);
    check(writing_ || count <= (bytes_.size() - at_) / kSize, "packed bytes are complete");
    run.resize(count);
    move(run.data(), count * kSize);
  }

  void move(void* data, std::size_t size) {
    if (size == 0) return;
    if (writing_) {
      bytes_.append(static_cast<const char*>(data), size);
      return;
    }
    check(size <= bytes_.size() - at_, "packed bytes are complete");
    std::memcpy(data, bytes_.data() + at_, size);
    at_ += size;
  }

  bool writing_;
  std::string bytes_;
  std::size_t at_ = 0;
};

}  // namespace medcl
