// SPDX-License-Identifier: Apache-2.0
#include "medcl/kernels/tensor_memory.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cstdint>

#include "medcl/core/large_blocks.h"

namespace medcl::fast {
namespace {

bool is_at_a_page(const torch::Tensor& x) {
  return reinterpret_cast<std::uintptr_t>(x.data_ptr()) % LargeBlocks::kPage == 0;
}

TEST(TensorMemory, KeepsLargeTensorsOnPagesAndTheirValues) {
  const torch::Tensor before = torch::arange(3'000'000, torch::kInt32);
  keep_large_tensors();
  keep_large_tensors();
  const void* place = nullptr;
  {
    const torch::Tensor large = before.clone();
    EXPECT_TRUE(is_at_a_page(large));
    EXPECT_TRUE(torch::equal(large, before));
    place = large.data_ptr();
  }
  const torch::Tensor again = torch::empty({3'000'000}, torch::kInt32);
  EXPECT_EQ(again.data_ptr(), place);
  const torch::Tensor small = torch::arange(1000, torch::kInt32);
  EXPECT_EQ(small.sum().item<std::int64_t>(), 499500);
}

TEST(TensorMemory, SaysThatThereIsNoMemory) {
  keep_large_tensors();
  EXPECT_ANY_THROW(torch::empty({std::int64_t{1} << 60}));
}

}  // namespace
}  // namespace medcl::fast
