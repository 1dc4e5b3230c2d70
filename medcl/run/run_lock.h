// SPDX-License-Identifier: Apache-2.0
#pragma once

// One process at a time in a run folder. The lock dies with the process, whatever kills it.

#include <filesystem>
#include <utility>

namespace medcl {

class RunLock {
 public:
  /// @throws Error(kUsage) when another process holds it; Error(kIo).
  explicit RunLock(const std::filesystem::path& run);
  ~RunLock();
  RunLock(RunLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  RunLock& operator=(RunLock&&) = delete;

 private:
  int descriptor_ = -1;
};

}  // namespace medcl
