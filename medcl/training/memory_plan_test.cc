// SPDX-License-Identifier: Apache-2.0
#include "medcl/training/memory_plan.h"

#include <gtest/gtest.h>

#include "medcl/core/error.h"

namespace medcl {
namespace {

struct Measured {
  std::int64_t width, batch, size;
  const char *precision, *method;
  double mib;  ///< peak_mib of `medcl bench step --steps 1 --threads 2`, libtorch 1.13
};

RunOptions options_of(const Measured& one) {
  RunOptions options;
  options.network.width = one.width;
  options.sampler.batch = one.batch;
  options.sample.crop.size = one.size;
  options.train.precision = one.precision;
  options.method.name = one.method;
  return options;
}

TEST(MemoryPlan, IsWithinAFifthOfWhatWasMeasured) {
  for (const Measured& one : {Measured{16, 8, 256, "bf16", "medcl", 1391},
                              {16, 8, 256, "fp32", "medcl", 2207},
                              {16, 16, 256, "bf16", "medcl", 2394},
                              {32, 4, 256, "bf16", "medcl", 1480},
                              {16, 8, 80, "bf16", "medcl", 349},
                              {16, 8, 256, "bf16", "pce", 797},
                              {8, 4, 128, "fp32", "medcl", 358},
                              {64, 1, 256, "bf16", "medcl", 1678},
                              {64, 4, 256, "bf16", "medcl", 2885}}) {
    const double planned = static_cast<double>(training_bytes(options_of(one))) / (1 << 20);
    EXPECT_NEAR(planned / one.mib, 1, 0.2) << one.width << " " << one.batch << " " << one.size;
  }
}

TEST(MemoryPlan, NamesTheBatchThatFits) {
  const RunOptions paper = options_of({64, 64, 256, "bf16", "medcl", 0});
  const std::int64_t available = std::int64_t{16} << 30;
  try {
    require_memory(paper, available);
    FAIL() << "34 GB in 16";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kOutOfResources);
    const std::string text = error.what();
    const auto at = text.find("--set sampler.batch=");
    ASSERT_NE(at, std::string::npos) << text;
    RunOptions smaller = paper;
    smaller.sampler.batch = std::stoll(text.substr(at + 20));
    EXPECT_NO_THROW(require_memory(smaller, available));
    ++smaller.sampler.batch;
    EXPECT_THROW(require_memory(smaller, available), Error);
  }
}

TEST(MemoryPlan, IsNotAskedForAGpuOrWhenSwitchedOff) {
  RunOptions options = options_of({64, 64, 256, "bf16", "medcl", 0});
  EXPECT_THROW(require_memory(options, 1 << 30), Error);
  options.train.memory_check = false;
  EXPECT_NO_THROW(require_memory(options, 1 << 30));
  options.train.memory_check = true;
  options.train.device = "cuda";
  EXPECT_NO_THROW(require_memory(options, 1 << 30));
}

}  // namespace
}  // namespace medcl
