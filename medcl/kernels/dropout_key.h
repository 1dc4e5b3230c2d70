// SPDX-License-Identifier: Apache-2.0
#pragma once

// Which values a dropout hits is a function of a key and the position (row_kernels.h).

#include <torch/torch.h>

#include <cstdint>

#include "medcl/kernels/row_kernels.h"

namespace medcl::fast {

/// What the loops are told of a dropout with this key; a probability of 0 keeps all.
Dropout dropout_of(double probability, std::uint64_t key);

/// The key of one dropout, or where a GPU finds it: work that is recorded once and repeated takes
/// another key each time.
struct DropoutKey {
  std::uint64_t value = 0;
  const std::int64_t* on_gpu = nullptr;  ///< null: `value` counts
};

/// From libtorch's generator, as its own dropout draws: a training step seeds it. While a
/// RecordedKeys of this thread lives, the next of its keys.
DropoutKey next_dropout_key();

/// `count` values as next_dropout_key() would draw them, int64 on the CPU.
torch::Tensor drawn_keys(std::int64_t count);

/// While it lives, next_dropout_key() of this thread draws nothing and gives places in
/// `keys_on_gpu` [n], int64, in turn. @throws Error(kFailure) from there when all n are taken.
class RecordedKeys {
 public:
  explicit RecordedKeys(const torch::Tensor& keys_on_gpu);
  RecordedKeys(const RecordedKeys&) = delete;
  RecordedKeys& operator=(const RecordedKeys&) = delete;
  ~RecordedKeys();

  /// Keys given so far.
  [[nodiscard]] std::int64_t count() const { return count_; }
  DropoutKey next();
  /// The one that lives in this thread, or null.
  static RecordedKeys* current();

 private:
  const std::int64_t* keys_;
  std::int64_t room_, count_ = 0;
  RecordedKeys* outer_;
};

}  // namespace medcl::fast
