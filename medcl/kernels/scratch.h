// SPDX-License-Identifier: Apache-2.0
#pragma once

// Memory that a pass over tensors needs for itself.

#include <torch/torch.h>

#include <cstdint>

namespace medcl::fast {

/// Uninitialised, aligned to a cache line; libtorch's allocator hands freed blocks out again.
template <typename T>
class Scratch {
 public:
  explicit Scratch(std::int64_t count)
      : bytes_(torch::empty({count * static_cast<std::int64_t>(sizeof(T))}, torch::kUInt8)) {}
  [[nodiscard]] T* data() const { return reinterpret_cast<T*>(bytes_.data_ptr<std::uint8_t>()); }

 private:
  torch::Tensor bytes_;
};

inline std::int64_t round_up(std::int64_t count, std::int64_t unit) {
  return at::divup(count, unit) * unit;
}

}  // namespace medcl::fast
