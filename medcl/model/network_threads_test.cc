// SPDX-License-Identifier: Apache-2.0
#include "medcl/model/network_threads.h"

#include <ATen/Parallel.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "medcl/core/error.h"
#include "medcl/core/log.h"
#include "medcl/core/thread_pool.h"
#include "medcl/kernels/own_conv.h"
#include "medcl/model/networks.h"

namespace medcl {
namespace {

using testing::HasSubstr;

std::shared_ptr<Network> network_of(std::int64_t width, const char* name = "unet") {
  return make_network({name, {"network.width=" + std::to_string(width)}}, {1, 4}, 1);
}

/// Warnings that are logged while it lives.
class Warnings {
 public:
  Warnings() {
    set_log_sink([this](LogLevel level, const std::string& message) {
      if (level == LogLevel::kWarning) texts.push_back(message);
    });
  }
  Warnings(const Warnings&) = delete;
  Warnings& operator=(const Warnings&) = delete;
  ~Warnings() { set_log_sink({}); }
  std::vector<std::string> texts;
};

class NetworkThreadsTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!fast::has_own_conv(torch::kFloat32, 16, 16)) {
      GTEST_SKIP() << "this processor has no convolutions of MedCL's own";
    }
  }
};

TEST_F(NetworkThreadsTest, OnlyNetworksOfOwnOperationsSpareThoseOfLibtorch) {
  EXPECT_TRUE(spares_libtorch_threads(*network_of(16), torch::kFloat32));
  EXPECT_TRUE(spares_libtorch_threads(*network_of(32), torch::kFloat32));
  EXPECT_FALSE(spares_libtorch_threads(*network_of(16), torch::kFloat64));
  EXPECT_FALSE(spares_libtorch_threads(*network_of(4), torch::kFloat32));
  EXPECT_FALSE(spares_libtorch_threads(*network_of(16, "unet_valid"), torch::kFloat32));
  const auto plain = network_of(16);
  plain->set_fused(false);
  EXPECT_FALSE(spares_libtorch_threads(*plain, torch::kFloat32));
}

TEST_F(NetworkThreadsTest, AreThoseOfThePoolOrThoseOfLibtorchAndAreGivenBack) {
  const int libtorch = at::get_num_threads(), pool = compute_pool().threads();
  {
    NetworkThreads threads(*network_of(16), torch::kFloat32, 3);
    EXPECT_TRUE(threads.are_free());
    EXPECT_EQ(at::get_num_threads(), 1);
    EXPECT_EQ(compute_pool().threads(), 3);
    threads.set(2);
    EXPECT_EQ(compute_pool().threads(), 2);
  }
  {
    NetworkThreads threads(*network_of(4), torch::kFloat32, 3);
    EXPECT_FALSE(threads.are_free());
    EXPECT_EQ(at::get_num_threads(), 3);
    EXPECT_EQ(compute_pool().threads(), 1);
    EXPECT_THROW(threads.set(2), Error);
  }
  EXPECT_EQ(at::get_num_threads(), libtorch);
  EXPECT_EQ(compute_pool().threads(), pool);
}

TEST_F(NetworkThreadsTest, OfSeveralAreThoseOfWhoeverTookThemLast) {
  const int libtorch = at::get_num_threads(), pool = compute_pool().threads();
  const auto network = network_of(16), other = network_of(4);
  auto own = std::make_unique<NetworkThreads>(*network, torch::kFloat32, 2);
  auto libtorchs = std::make_unique<NetworkThreads>(*other, torch::kFloat32, 3);
  own->take();
  EXPECT_EQ(at::get_num_threads(), 1);
  EXPECT_EQ(compute_pool().threads(), 2);
  libtorchs->take();
  EXPECT_EQ(at::get_num_threads(), 3);
  EXPECT_EQ(compute_pool().threads(), 1);
  own.reset();
  EXPECT_EQ(at::get_num_threads(), 3) << "who ends earlier takes nothing from the other";
  libtorchs.reset();
  EXPECT_EQ(at::get_num_threads(), libtorch);
  EXPECT_EQ(compute_pool().threads(), pool);
}

TEST_F(NetworkThreadsTest, LeaveNoTraceInAPrediction) {
  const auto network = network_of(16);
  network->eval();
  const torch::NoGradGuard no_grad;
  const auto image = torch::randn({5, 1, 112, 80});
  torch::Tensor alone;
  for (const int count : {1, 2, 3, 4}) {
    const NetworkThreads threads(*network, torch::kFloat32, count);
    const auto found = network->forward(image).logits_bks.softmax(1);
    if (!alone.defined()) alone = found;
    EXPECT_TRUE(torch::equal(found, alone)) << count << " threads";
  }
}

TEST_F(NetworkThreadsTest, GiveWayToOtherWorkWithOneWarning) {
  const Warnings warnings;
  GovernedThreads threads(*network_of(16), torch::kFloat32, 2, "step");
  const auto do_steps = [&threads](int count, double with_one, double with_two) {
    for (int step = 0; step < count; ++step) {
      threads.took(compute_pool().threads() == 1 ? with_one : with_two);
    }
  };
  EXPECT_EQ(compute_pool().threads(), 1) << "the first step";
  do_steps(30, 0.23, 0.14);
  EXPECT_EQ(compute_pool().threads(), 2);
  EXPECT_TRUE(warnings.texts.empty());
  do_steps(10, 0.41, 0.92);
  EXPECT_EQ(compute_pool().threads(), 1);
  ASSERT_EQ(warnings.texts.size(), 1U);
  EXPECT_EQ(warnings.texts[0],
            "2 threads -> 1: other work takes the cores (step 0.41 s instead of 0.92 s)");
}

TEST_F(NetworkThreadsTest, ThatMustNotChangeAreWarnedOfWhereTheyWait) {
  const Warnings warnings;
  GovernedThreads threads(*network_of(4), torch::kFloat32, 2, "step");
  for (int step = 0; step < 20; ++step) threads.took(0.4);
  EXPECT_TRUE(warnings.texts.empty());
  for (int step = 0; step < 20; ++step) threads.took(8);
  EXPECT_EQ(at::get_num_threads(), 2);
  ASSERT_EQ(warnings.texts.size(), 1U);
  EXPECT_THAT(warnings.texts[0], HasSubstr("8 s instead of 0.4 s"));
  EXPECT_THAT(warnings.texts[0], HasSubstr("--threads 1"));
}

}  // namespace
}  // namespace medcl
