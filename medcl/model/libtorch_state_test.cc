// SPDX-License-Identifier: Apache-2.0
#include "medcl/model/libtorch_state.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <optional>

namespace medcl {
namespace {

torch::Tensor draw() { return torch::rand({5}); }

TEST(SeededGenerators, GiveWhatTheirSeedGivesAndLeaveTheGeneratorAsItWas) {
  torch::manual_seed(11);
  const torch::Tensor first = draw(), second = draw();
  torch::manual_seed(4);
  (void)draw();
  torch::Tensor inside;
  {
    const SeededGenerators generators(11, torch::kCPU);
    inside = draw();
    {
      const SeededGenerators inner(4, torch::kCPU);
      (void)draw();
    }
    EXPECT_TRUE(draw().equal(second));
  }
  EXPECT_TRUE(inside.equal(first));
  const torch::Tensor after = draw();
  torch::manual_seed(4);
  (void)draw();
  EXPECT_TRUE(draw().equal(after)) << "as if nothing had been drawn in between";
}

TEST(SeededGenerators, KeepHalfOfAPairOfNormalNumbers) {
  const auto one = [] { return torch::empty({1}).normal_(); };
  torch::manual_seed(6);
  (void)one();
  const torch::Tensor wanted = one();
  torch::manual_seed(6);
  (void)one();
  {
    const SeededGenerators generators(1, torch::kCPU);
    (void)one();
  }
  EXPECT_TRUE(one().equal(wanted));
}

TEST(DeterministicCudnn, LastsAsLongAsAnyOfThem) {
  const bool before = at::globalContext().deterministicCuDNN();
  {
    std::optional<DeterministicCudnn> one(std::in_place), two(std::in_place);
    EXPECT_TRUE(at::globalContext().deterministicCuDNN());
    one.reset();
    EXPECT_TRUE(at::globalContext().deterministicCuDNN());
  }
  EXPECT_EQ(at::globalContext().deterministicCuDNN(), before);
}

TEST(LibtorchThreads, AreThoseOfWhoeverTookThemLastAndAreGivenBack) {
  const int before = at::get_num_threads();
  {
    std::optional<LibtorchThreads> one(std::in_place, 1);
    LibtorchThreads three(3);
    EXPECT_EQ(at::get_num_threads(), 3);
    one->take();
    EXPECT_EQ(at::get_num_threads(), 1);
    at::set_num_threads(2);
    one->take();
    EXPECT_EQ(at::get_num_threads(), 1) << "whoever else set them";
    one.reset();
    EXPECT_EQ(at::get_num_threads(), 3);
  }
  EXPECT_EQ(at::get_num_threads(), before);
}

}  // namespace
}  // namespace medcl
