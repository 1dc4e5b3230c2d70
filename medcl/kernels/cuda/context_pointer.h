// SPDX-License-Identifier: Apache-2.0
#pragma once

// A pointer in the context of an autograd function, which keeps tensors and numbers only. What it
// points to must live until the gradient is done.

#include <torch/torch.h>

#include <cstdint>
#include <string>

namespace medcl::fast::cuda {

template <typename T>
void keep_pointer(torch::autograd::AutogradContext& context, const std::string& name, T* pointer) {
  context.saved_data[name] = reinterpret_cast<std::int64_t>(pointer);
}

template <typename T>
T* kept_pointer(torch::autograd::AutogradContext& context, const std::string& name) {
  return reinterpret_cast<T*>(
      context.saved_data[name].toInt());  // NOLINT(performance-no-int-to-ptr)
}

}  // namespace medcl::fast::cuda
