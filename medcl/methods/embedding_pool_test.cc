// SPDX-License-Identifier: Apache-2.0
#include "medcl/methods/embedding_pool.h"

#include <gtest/gtest.h>

#include <map>

namespace medcl {
namespace {

TEST(EmbeddingPool, ShowsEveryImageAsOftenAsAsked) {
  const EmbeddingPool pool({.reuse = 3, .batches = 5}, 7);
  std::map<std::int64_t, int> shown;
  for (std::int64_t step = 0; step < 30; ++step) {
    const std::int64_t images = pool.image_step(step);
    EXPECT_EQ(images / 5, step / 15) << "of its own fifteen steps";
    ++shown[images];
  }
  EXPECT_EQ(shown.size(), 10U);
  for (const auto& [images, times] : shown) EXPECT_EQ(times, 3) << images;
}

TEST(EmbeddingPool, OrdersAreDrawnAnewAndAreAFunctionOfTheSeed) {
  const EmbeddingPool pool({.reuse = 4, .batches = 16}, 7), same({.reuse = 4, .batches = 16}, 7),
      other({.reuse = 4, .batches = 16}, 8);
  int repeated = 0, shared = 0;
  for (std::int64_t step = 0; step < 16; ++step) {
    EXPECT_EQ(pool.image_step(step), same.image_step(step));
    repeated += pool.image_step(step) == pool.image_step(step + 16) ? 1 : 0;
    shared += pool.image_step(step) == other.image_step(step) ? 1 : 0;
  }
  EXPECT_LT(repeated, 8);
  EXPECT_LT(shared, 8);
}

TEST(EmbeddingPool, AHitIsWhatARecomputationWouldBe) {
  EmbeddingPool pool({.reuse = 2, .batches = 3}, 1), fresh({.reuse = 2, .batches = 3}, 1);
  torch::manual_seed(1);
  const auto value = torch::randn({2, 4, 3, 3});
  int encoded = 0;
  const auto encode = [&] {
    ++encoded;
    return value.clone();
  };
  const auto first = pool.embedding(1, 0, encode), hit = pool.embedding(1, 0, encode);
  EXPECT_EQ(encoded, 1);
  EXPECT_TRUE(first.equal(hit));
  EXPECT_TRUE(hit.equal(fresh.embedding(1, 0, encode)));
  EXPECT_EQ(hit.scalar_type(), torch::kFloat32);
  EXPECT_TRUE(torch::allclose(hit, value, 1e-3, 1e-6));
}

TEST(EmbeddingPool, KeepsNoMoreThanItsBatches) {
  EmbeddingPool pool({.reuse = 4, .batches = 3}, 1);
  const auto encode = [] { return torch::ones({1}); };
  for (std::int64_t step = 0; step < 100; ++step) {
    const std::int64_t images = pool.image_step(step);
    (void)pool.embedding(images, 0, encode);
    (void)pool.embedding(images, 1, encode);
    EXPECT_LE(pool.kept(), 2 * 3);
  }
}

TEST(EmbeddingPool, WithoutReuseThereIsNone) {
  EmbeddingPool pool({.reuse = 1, .batches = 3}, 1);
  EXPECT_EQ(pool.image_step(11), 11);
  const auto value = torch::full({1}, 1.0 / 3);
  EXPECT_TRUE(pool.embedding(11, 0, [&] { return value; }).equal(value)) << "not rounded";
  EXPECT_EQ(pool.kept(), 0);
}

}  // namespace
}  // namespace medcl
