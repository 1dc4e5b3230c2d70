// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/large_blocks.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <iterator>

namespace medcl {
namespace {

std::size_t rounded_up(std::size_t bytes) {
  return (bytes + LargeBlocks::kPage - 1) / LargeBlocks::kPage * LargeBlocks::kPage;
}

/// A block at a multiple of a huge page: what lies around it is unmapped again.
void* map_block(std::size_t bytes) {
  const std::size_t length = bytes + LargeBlocks::kPage;
  if (length < bytes) return nullptr;
  void* const all =
      mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (all == MAP_FAILED) return nullptr;
  const auto first = reinterpret_cast<std::uintptr_t>(all);
  const std::size_t before = rounded_up(first) - first;
  char* const block = static_cast<char*>(all) + before;
  if (before > 0) munmap(all, before);
  if (before < LargeBlocks::kPage) munmap(block + bytes, LargeBlocks::kPage - before);
#ifdef MADV_HUGEPAGE
  madvise(block, bytes, MADV_HUGEPAGE);  // a wish: without it the block is as good, but slower
#endif
  return block;
}

}  // namespace

LargeBlocks::~LargeBlocks() {
  for (const auto& [bytes, block] : kept_) munmap(block, bytes);
}

void* LargeBlocks::take(std::size_t bytes) {
  if (bytes > SIZE_MAX - kPage) return nullptr;
  const std::size_t wanted = rounded_up(std::max<std::size_t>(bytes, 1));
  const std::scoped_lock lock(mutex_);
  void* block = take_kept(wanted);
  if (block == nullptr) {
    drop_kept(wanted);
    block = map_block(wanted);
    if (block == nullptr) {
      drop_all_kept();
      block = map_block(wanted);
    }
    if (block == nullptr) return nullptr;
    used_.emplace(block, wanted);
    bytes_.used += wanted;
  }
  bytes_.most_used = std::max(bytes_.most_used, bytes_.used);
  return block;
}

/// The smallest that is large enough and wastes no more than a quarter of itself.
void* LargeBlocks::take_kept(std::size_t bytes) {
  const auto found = kept_.lower_bound(bytes);
  if (found == kept_.end() || found->first / 4 * 3 > bytes) return nullptr;
  const auto [size, block] = *found;
  kept_.erase(found);
  used_.emplace(block, size);
  bytes_.used += size;
  bytes_.kept -= size;
  return block;
}

void LargeBlocks::drop_largest_kept() {
  const auto largest = std::prev(kept_.end());
  munmap(largest->second, largest->first);
  bytes_.kept -= largest->first;
  kept_.erase(largest);
}

void LargeBlocks::drop_kept(std::size_t wanted) {
  const std::size_t used = std::max(bytes_.most_used, bytes_.used + wanted);
  const std::size_t most = used + std::max(used / 8, kAlwaysKept);
  while (!kept_.empty() && bytes_.used + bytes_.kept + wanted > most) drop_largest_kept();
}

void LargeBlocks::drop_all_kept() {
  while (!kept_.empty()) drop_largest_kept();
}

bool LargeBlocks::give_back(void* block) {
  const std::scoped_lock lock(mutex_);
  const auto found = used_.find(block);
  if (found == used_.end()) return false;
  bytes_.used -= found->second;
  bytes_.kept += found->second;
  kept_.emplace(found->second, block);
  used_.erase(found);
  return true;
}

LargeBlocks::Bytes LargeBlocks::bytes() const {
  const std::scoped_lock lock(mutex_);
  return bytes_;
}

}  // namespace medcl
