// SPDX-License-Identifier: Apache-2.0
#include "medcl/kernels/cuda/device_memory.h"

#if __has_include(<c10/core/CachingDeviceAllocator.h>)
#include <c10/core/CachingDeviceAllocator.h>

#include "medcl/kernels/cuda/device_index.h"
#endif

namespace medcl::fast::cuda {
#if __has_include(<c10/core/CachingDeviceAllocator.h>)
namespace {

c10::DeviceAllocator* allocator_of(const torch::Device& device) {
  return dynamic_cast<c10::DeviceAllocator*>(c10::GetAllocator(device.type()));
}

}  // namespace

std::optional<std::int64_t> peak_bytes(const torch::Device& device) {
  c10::DeviceAllocator* allocator = device.is_cuda() ? allocator_of(device) : nullptr;
  if (allocator == nullptr || !allocator->initialized()) return std::nullopt;
  constexpr auto kAll = static_cast<std::size_t>(c10::CachingAllocator::StatType::AGGREGATE);
  return allocator->getDeviceStats(index_of(device)).allocated_bytes[kAll].peak;
}

void forget_peak(const torch::Device& device) {
  c10::DeviceAllocator* allocator = device.is_cuda() ? allocator_of(device) : nullptr;
  if (allocator != nullptr && allocator->initialized()) {
    allocator->resetPeakStats(index_of(device));
  }
}
#else
std::optional<std::int64_t> peak_bytes(const torch::Device&) { return std::nullopt; }
void forget_peak(const torch::Device&) {}
#endif

}  // namespace medcl::fast::cuda
