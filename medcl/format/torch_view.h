// SPDX-License-Identifier: Apache-2.0
#pragma once

// Strided views of storages as row-major tensors. Part of torch_checkpoint.

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "medcl/format/torch_pickle.h"

namespace medcl {

/// Offset, sizes and strides in elements, checked against the storage.
struct StridedView {
  DType dtype = DType::kF32;
  std::int64_t offset = 0;
  std::vector<std::int64_t> sizes, strides;
  std::uint64_t bytes = 0;  ///< of the row-major tensor

  /// Whether the elements lie in row-major order without gaps; for views with elements.
  [[nodiscard]] bool is_row_major() const;
};

/// The view that a tensor is of its storage. @throws Error(kIo) when it is not a view of a storage
/// of `storage_bytes`; at most 64 dimensions.
StridedView check_view(const TorchPickle& pickle, const TorchTensor& tensor,
                       std::uint64_t storage_bytes, const std::string& where);

/// The elements in row-major order, copied.
std::vector<std::uint8_t> copy_view(const StridedView& view, std::span<const std::uint8_t> storage);

}  // namespace medcl
