// SPDX-License-Identifier: Apache-2.0
#include "medcl/kernels/tensor_memory.h"

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>

#include <cstring>

#include "medcl/core/large_blocks.h"

namespace medcl::fast {
namespace {

constexpr std::size_t kLarge = std::size_t{4} << 20;

/// Never destroyed: tensors of static storage may outlive everything else.
LargeBlocks& large_blocks() {
  static auto* const blocks = new LargeBlocks();
  return *blocks;
}

c10::Allocator& other_allocator() {
  static c10::Allocator* const other = c10::GetDefaultCPUAllocator();
  return *other;
}

void release(void* memory) {
  if (!large_blocks().give_back(memory)) other_allocator().raw_deleter()(memory);
}

c10::DataPtr allocate_tensor(std::size_t bytes) {
  if (bytes >= kLarge) {
    void* const block = large_blocks().take(bytes);
    // Without a block the other allocator says in libtorch's words that there is no memory.
    if (block != nullptr) return {block, block, &release, c10::Device(c10::DeviceType::CPU)};
  }
  return other_allocator().allocate(bytes);
}

/// Releases of libtorch differ in whether allocate() is const, and in whether copy_data() is to be
/// defined: of each pair of functions here one overrides.
// NOLINTBEGIN(modernize-use-override,cppcoreguidelines-explicit-virtual-functions)
class TensorMemory final : public c10::Allocator {
 public:
  c10::DataPtr allocate(std::size_t bytes) { return allocate_tensor(bytes); }
  c10::DataPtr allocate(std::size_t bytes) const { return allocate_tensor(bytes); }
  c10::DeleterFnPtr raw_deleter() const { return &release; }
  void copy_data(void* to, const void* from, std::size_t bytes) const {
    std::memcpy(to, from, bytes);
  }
};
// NOLINTEND(modernize-use-override,cppcoreguidelines-explicit-virtual-functions)

}  // namespace

void keep_large_tensors() {
  static auto* const memory = [] {
    auto* const made = new TensorMemory();
    other_allocator();
    c10::SetCPUAllocator(made, /*priority=*/1);
    return made;
  }();
  static_cast<void>(memory);
}

}  // namespace medcl::fast
