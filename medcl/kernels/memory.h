// SPDX-License-Identifier: Apache-2.0
#pragma once

// The values of libtorch's tensors as the loops of this folder take them.

#include <torch/torch.h>

#include "medcl/kernels/row_kernels.h"

namespace medcl::fast {

inline bool is_bf16(const torch::Tensor& x) { return x.scalar_type() == torch::kBFloat16; }

/// T: float or BFloat16, which the tensor must be of.
template <typename T>
T* values_of(const torch::Tensor& x) {
  return x.data_ptr<T>();
}
template <>
inline BFloat16* values_of<BFloat16>(const torch::Tensor& x) {
  static_assert(sizeof(BFloat16) == sizeof(at::BFloat16));
  return reinterpret_cast<BFloat16*>(x.data_ptr<at::BFloat16>());
}

}  // namespace medcl::fast
