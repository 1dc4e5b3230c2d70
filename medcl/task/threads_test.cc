// SPDX-License-Identifier: Apache-2.0
// What a run leaves does not depend on how many threads it had, so that their number may be chosen
// by measuring (medcl/model/network_threads.h).

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "medcl/core/thread_pool.h"
#include "medcl/engine/state.h"
#include "medcl/kernels/own_conv.h"
#include "medcl/model/network_threads.h"
#include "medcl/task/learner.h"
#include "medcl/task/test_run.h"

namespace medcl {
namespace {

class ThreadsOfRun : public TrainingRun {
 protected:
  void SetUp() override {
    if (!fast::has_own_conv(torch::kFloat32, 16, 16)) {
      GTEST_SKIP() << "this processor has no convolutions of MedCL's own";
    }
    TrainingRun::SetUp();
  }

  /// A network with the operations of kernels, which take widths of 16 and more.
  void set_wide(std::vector<std::string> settings) {
    settings.insert(settings.begin(), "network.width=16");
    set(settings);
    ASSERT_TRUE(spares_libtorch_threads(*network_for(options_, {.channels = 1, .classes = 4}),
                                        torch::kFloat32));
  }

  /// Weights, averages, optimiser and the models that validation judged.
  std::string all_hashes(const std::string& name) {
    return state_hash(name) + weights_hash(name) + weights_hash(name, "best");
  }

  /// Every step but the first is done with so many threads, whatever is measured.
  static TrainingHooks always_with(int threads) {
    TrainingHooks hooks;
    hooks.on_step = [threads](const StepReport&, const StepProgress&) {
      compute_pool().set_threads(threads);
    };
    return hooks;
  }
};

TEST_F(ThreadsOfRun, LeaveNoTraceInTheResultsOfThePresetOfTheDemo) {
  set_wide({"crop.size=80", "sampler.batch=4", "train.steps=3", "train.threads=1"});
  run("alone");
  options_.train.threads = 3;
  for (const int threads : {2, 3}) {
    const std::string name = std::to_string(threads);
    run(name, false, always_with(threads));
    EXPECT_EQ(all_hashes(name), all_hashes("alone")) << threads << " threads";
  }
}

TEST_F(ThreadsOfRun, LeaveNoTraceWithEveryTermOfTheLoss) {
  const std::vector<std::string> every_term = {"weight.mapping=1", "weight.cluster=1",
                                               "weight.anatomy=1", "anatomy.union_outputs=true",
                                               "train.steps=4"};
  set_wide(every_term);
  run("alone");
  options_.train.threads = 3;
  run("three", false, always_with(3));
  EXPECT_EQ(all_hashes("three"), all_hashes("alone"));
}

TEST_F(ThreadsOfRun, MayChangeWhereARunGoesOn) {
  set_wide({"train.steps=8", "train.threads=1"});
  run("alone");
  for (const int stop : {3, 7}) {
    const std::string name = "stopped" + std::to_string(stop);
    TrainingHooks dies = always_with(3);
    dies.on_step = [stop, go_on = dies.on_step](const StepReport& report,
                                                const StepProgress& progress) {
      if (report.step == stop) throw std::runtime_error("as if killed");
      go_on(report, progress);
    };
    options_.train.threads = 3;
    EXPECT_THROW(run(name, false, dies), std::runtime_error);
    options_.train.threads = 2;
    run(name, true);
    EXPECT_EQ(all_hashes(name), all_hashes("alone")) << "stopped at step " << stop;
  }
}

TEST_F(ThreadsOfRun, AreGivenBackAtItsEnd) {
  const int libtorch_threads = at::get_num_threads(), pool_threads = compute_pool().threads();
  set_wide({"train.threads=3", "train.steps=2"});
  run("short");
  EXPECT_EQ(at::get_num_threads(), libtorch_threads);
  EXPECT_EQ(compute_pool().threads(), pool_threads);
}

}  // namespace
}  // namespace medcl
