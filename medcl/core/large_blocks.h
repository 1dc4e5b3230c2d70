// SPDX-License-Identifier: Apache-2.0
#pragma once

// Large blocks of memory on huge pages, kept for whoever asks next.
//
// A network allocates and frees the same few large tensors in every step. Fresh from the system,
// each would come page by page, thousands of times an interruption and a page to be cleared; with
// pages of 2 MiB these are few, and translations of addresses fit into the processor.

#include <cstddef>
#include <map>
#include <mutex>
#include <unordered_map>

namespace medcl {

/// Thread-safe. Memory is mapped where the system can map it (POSIX).
class LargeBlocks {
 public:
  /// Blocks are multiples of this and lie at multiples of it.
  static constexpr std::size_t kPage = std::size_t{2} << 20;

  /// Of kept blocks, beyond the most that was ever used; or an eighth of that.
  static constexpr std::size_t kAlwaysKept = std::size_t{64} << 20;

  struct Bytes {
    std::size_t used = 0, kept = 0, most_used = 0;
  };

  LargeBlocks() = default;
  LargeBlocks(const LargeBlocks&) = delete;
  LargeBlocks& operator=(const LargeBlocks&) = delete;
  /// No block may be in use.
  ~LargeBlocks();

  /// A block of at least `bytes` > 0, with any contents; null where there is no memory for it.
  /// Blocks that are kept go back to the system when used and kept ones would otherwise exceed the
  /// most that was ever used by more than kAlwaysKept and an eighth of it.
  void* take(std::size_t bytes);

  /// Whether `block` is one that take() gave and that was not given back; then gives it back.
  bool give_back(void* block);

  [[nodiscard]] Bytes bytes() const;

 private:
  void* take_kept(std::size_t bytes);
  void drop_largest_kept();
  void drop_kept(std::size_t wanted);
  void drop_all_kept();

  mutable std::mutex mutex_;
  std::unordered_map<void*, std::size_t> used_;
  std::multimap<std::size_t, void*> kept_;
  Bytes bytes_;
};

}  // namespace medcl
