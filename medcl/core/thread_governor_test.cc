// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/thread_governor.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "medcl/core/random.h"

namespace medcl {
namespace {

/// Seconds of a step with so many threads.
using Machine = std::function<double(int)>;

/// All cores are free; a little is serial.
double free_cores(int threads) { return 0.02 + 0.2 / threads; }
/// Every thread beyond the first waits for cores that are not free.
double crowded(int threads) { return threads == 1 ? 0.33 : 0.45 * threads; }

Machine noisy(const Machine& machine, double deviation) {
  return [machine, deviation, random = RandomStream({.seed = 7})](int threads) mutable {
    return machine(threads) * std::exp(deviation * random.normal());
  };
}

struct Course {
  double seconds = 0;
  int changes = 0;
};

Course run(ThreadGovernor& governor, const Machine& machine, int steps) {
  Course course;
  for (int step = 0; step < steps; ++step) {
    const double seconds = machine(governor.threads());
    course.seconds += seconds;
    if (governor.took(seconds)) ++course.changes;
  }
  return course;
}

TEST(ThreadGovernor, BeginsWithOneThreadAndTakesAllOfFreeCores) {
  for (const int most : {1, 2, 3, 4, 6, 16}) {
    ThreadGovernor governor(most);
    EXPECT_EQ(governor.threads(), 1);
    run(governor, free_cores, 20);
    EXPECT_EQ(governor.chosen_threads(), most);
  }
}

TEST(ThreadGovernor, NeverTakesMoreThanItMay) {
  for (const int most : {1, 2, 3, 5}) {
    ThreadGovernor governor(most);
    const Machine machine = noisy(free_cores, 0.5);
    for (int step = 0; step < 3000; ++step) {
      ASSERT_GE(governor.threads(), 1);
      ASSERT_LE(governor.threads(), most);
      governor.took(machine(governor.threads()));
    }
  }
}

TEST(ThreadGovernor, CostsLittleOnFreeCores) {
  for (const double deviation : {0.0, 0.03, 0.1}) {
    for (const int most : {2, 4, 16}) {
      ThreadGovernor governor(most);
      const double seconds = run(governor, noisy(free_cores, deviation), 1000).seconds;
      const Machine machine = noisy(free_cores, deviation);
      double best = 0;
      for (int step = 0; step < 1000; ++step) best += machine(most);
      EXPECT_LT(seconds, 1.02 * best + 5 * machine(1))
          << most << " threads, deviation " << deviation;
    }
  }
}

TEST(ThreadGovernor, StaysWithOneThreadWhereTheOthersWouldWait) {
  for (const double deviation : {0.0, 0.1}) {
    ThreadGovernor governor(4);
    const Course course = run(governor, noisy(crowded, deviation), 500);
    EXPECT_EQ(governor.chosen_threads(), 1);
    EXPECT_LT(course.seconds, 1.05 * 500 * 0.33);
  }
}

TEST(ThreadGovernor, ATerribleTryCostsOneStep) {
  ThreadGovernor governor(2);
  int terrible = 0;
  const Machine machine = [&terrible](int threads) {
    if (threads > 1) ++terrible;
    return threads == 1 ? 0.3 : 8.0;
  };
  run(governor, machine, 2000);
  EXPECT_LE(terrible, 2);
}

TEST(ThreadGovernor, GivesWayToOtherWorkAndComesBack) {
  ThreadGovernor governor(2);
  const Machine quiet = noisy(free_cores, 0.05), busy = noisy(crowded, 0.05);
  for (int round = 0; round < 5; ++round) {
    run(governor, quiet, 100);
    EXPECT_EQ(governor.chosen_threads(), 2);
    run(governor, busy, 12);
    EXPECT_EQ(governor.chosen_threads(), 1) << "soon after the other work began";
    run(governor, busy, 200);
    EXPECT_EQ(governor.chosen_threads(), 1);
    run(governor, quiet, 30);
    EXPECT_EQ(governor.chosen_threads(), 2) << "soon after the other work ended";
  }
}

TEST(ThreadGovernor, FindsWhatIsBestInBetween) {
  ThreadGovernor governor(16);
  const Machine half_of_the_cores = [](int threads) {
    return threads <= 4 ? free_cores(threads) : free_cores(4) * threads / 4;
  };
  run(governor, half_of_the_cores, 60);
  EXPECT_EQ(governor.chosen_threads(), 4);
  run(governor, free_cores, 200);
  EXPECT_EQ(governor.chosen_threads(), 16);
}

TEST(ThreadGovernor, DoesNotGoToAndFroWhereItMakesNoDifference) {
  ThreadGovernor governor(4);
  EXPECT_LE(run(governor, noisy([](int) { return 0.2; }, 0.02), 2000).changes, 4);
}

TEST(ThreadGovernor, SaysOnceThatMoreThreadsAreNoBetterFromTheStart) {
  ThreadGovernor governor(2);
  std::vector<ThreadGovernor::Change> said;
  for (int step = 0; step < 300; ++step) {
    if (const auto change = governor.took(crowded(governor.threads()))) said.push_back(*change);
  }
  ASSERT_EQ(said.size(), 1U);
  EXPECT_EQ(said[0].before, 2);
  EXPECT_EQ(said[0].after, 1);
  EXPECT_DOUBLE_EQ(said[0].seconds_before, crowded(2));
  EXPECT_DOUBLE_EQ(said[0].seconds_after, crowded(1));
}

TEST(ThreadGovernor, SaysWhatChangedAndWhy) {
  ThreadGovernor governor(2);
  run(governor, free_cores, 40);
  std::optional<ThreadGovernor::Change> change;
  while (!change) change = governor.took(crowded(governor.threads()));
  EXPECT_EQ(change->before, 2);
  EXPECT_EQ(change->after, 1);
  EXPECT_DOUBLE_EQ(change->seconds_before, crowded(2));
  EXPECT_DOUBLE_EQ(change->seconds_after, crowded(1));
}

TEST(SlowdownWatch, SaysOnceThatStepsBecameSeveralTimesSlower) {
  SlowdownWatch watch;
  const Machine steps = noisy([](int) { return 0.4; }, 0.1);
  EXPECT_FALSE(watch.took(30)) << "the first step may take long";
  for (int step = 0; step < 200; ++step) EXPECT_FALSE(watch.took(steps(2)));
  EXPECT_FALSE(watch.took(8)) << "a single slow step is no news";
  for (int step = 0; step < 10; ++step) EXPECT_FALSE(watch.took(steps(2)));
  int said = 0;
  for (int step = 0; step < 50; ++step) {
    if (const auto slowdown = watch.took(8)) {
      ++said;
      EXPECT_NEAR(slowdown->seconds_before, 0.4, 0.1);
      EXPECT_DOUBLE_EQ(slowdown->seconds_now, 8);
    }
  }
  EXPECT_EQ(said, 1);
}

}  // namespace
}  // namespace medcl
