// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <stdexcept>

#include "medcl/core/error.h"
#include "medcl/sampling/batch_loader.h"
#include "medcl/sampling/sampler.h"

namespace medcl {
namespace {

std::vector<SliceRef> some_slices() {
  std::vector<SliceRef> slices;
  for (std::int64_t i = 0; i < 10; ++i) {
    slices.push_back({i / 5, i % 5, i < 3});
  }
  return slices;
}

TEST(Sampler, RepeatsScribbledSlicesInEveryEpoch) {
  const SliceSampler sampler(some_slices(), {.batch = 1, .repeat = 4}, 7);
  ASSERT_EQ(sampler.steps_per_epoch(), 3 * 4 + 7);
  for (int epoch = 0; epoch < 3; ++epoch) {
    std::map<std::pair<std::int64_t, std::int64_t>, int> seen;
    for (std::int64_t i = 0; i < sampler.steps_per_epoch(); ++i) {
      const SliceRef slice = sampler.batch_at(epoch * sampler.steps_per_epoch() + i).front();
      ++seen[{slice.case_index, slice.slice}];
    }
    for (const SliceRef& slice : some_slices()) {
      EXPECT_EQ((seen[{slice.case_index, slice.slice}]), slice.scribbled ? 4 : 1);
    }
  }
}

TEST(Sampler, IsAFunctionOfSeedAndStep) {
  const SliceSampler a(some_slices(), {.batch = 3, .repeat = 4}, 7);
  const SliceSampler b(some_slices(), {.batch = 3, .repeat = 4}, 7);
  const SliceSampler other(some_slices(), {.batch = 3, .repeat = 4}, 8);
  int different = 0;
  for (std::int64_t step = 40; step >= 0; --step) {
    EXPECT_EQ(a.batch_at(step), b.batch_at(step));
    different += a.batch_at(step) == other.batch_at(step) ? 0 : 1;
  }
  EXPECT_GT(different, 30);
}

TEST(Sampler, RefusesASetWithoutScribbles) {
  try {
    const SliceSampler sampler({{0, 0, false}}, {}, 1);
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidData);
    EXPECT_NE(std::string(error.what()).find("no scribble"), std::string::npos);
  }
}

Batch numbered(std::int64_t step) {
  Batch batch;
  batch.step = step;
  batch.image_bcs = torch::full({1}, static_cast<double>(step));
  return batch;
}

TEST(BatchLoader, GivesTheSameBatchesWhateverTheWorkerCount) {
  for (const std::int64_t workers : {0, 1, 3}) {
    BatchLoader loader(numbered, workers, 5, 40);
    for (std::int64_t step = 5; step < 40; ++step) {
      EXPECT_EQ(loader.next().step, step) << workers << " workers";
    }
  }
}

TEST(BatchLoader, StopsWhileBatchesAreStillBeingMade) {
  std::atomic<int> made{0};
  {
    BatchLoader loader(
        [&](std::int64_t step) {
          ++made;
          return numbered(step);
        },
        3, 0, 1000000);
    (void)loader.next();
  }
  EXPECT_LT(made.load(), 10);
}

TEST(BatchLoader, RethrowsWhatWentWrong) {
  for (const std::int64_t workers : {0, 2}) {
    BatchLoader loader(
        [](std::int64_t step) {
          if (step == 2) {
            throw std::runtime_error("broken case");
          }
          return numbered(step);
        },
        workers, 0, 10);
    (void)loader.next();
    (void)loader.next();
    EXPECT_THROW((void)loader.next(), std::runtime_error);
  }
}

}  // namespace
}  // namespace medcl
