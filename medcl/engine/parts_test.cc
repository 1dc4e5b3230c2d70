// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <memory>

#include "medcl/engine/budget.h"
#include "medcl/engine/optimiser.h"
#include "medcl/model/weight_average.h"

namespace medcl {
namespace {

TEST(Adam, AgreesWithTorch) {
  torch::manual_seed(3);
  const auto start = torch::randn({5, 4}, torch::kFloat64);
  auto ours = start.clone().set_requires_grad(true);
  auto theirs = start.clone().set_requires_grad(true);
  const auto target = torch::randn({5, 4}, torch::kFloat64);
  Optimiser adam({{"x", ours}}, {});
  torch::optim::Adam reference({theirs}, torch::optim::AdamOptions(0.05));
  for (int step = 0; step < 25; ++step) {
    adam.zero_grad();
    (ours - target).pow(4).sum().backward();
    adam.step(0.05);
    reference.zero_grad();
    (theirs - target).pow(4).sum().backward();
    reference.step();
    ASSERT_LT((ours - theirs).abs().max().item<double>(), 1e-12) << "step " << step;
  }
}

TEST(Adam, FusedStepsEqualThoseOfLibtorchsOperations) {
  torch::manual_seed(4);
  const auto start = torch::randn({70000}), kernel = torch::randn({6, 5, 3, 3});
  const auto run = [&](bool fused) {
    auto x = start.clone().set_requires_grad(true);
    auto w = kernel.contiguous(torch::MemoryFormat::ChannelsLast).clone().set_requires_grad(true);
    Optimiser adam({{"x", x}, {"w", w}}, {.weight_decay = 0.01, .fused = fused});
    for (int step = 0; step < 20; ++step) {
      adam.zero_grad();
      // The second gradient is laid out unlike its parameter, and missing at first.
      (x.pow(4).sum() + (step < 3 ? torch::zeros({}) : (w.contiguous() - 1).pow(2).sum()))
          .backward();
      if (w.grad().defined()) w.mutable_grad() = w.grad().contiguous();
      adam.step(0.01);
    }
    return torch::cat({x.detach(), w.detach().flatten()});
  };
  EXPECT_LT((run(true) - run(false)).abs().max().item<float>(), 2e-6);
}

TEST(Sgd, AgreesWithTorchWithMomentumDecayAndAClippedGradient) {
  torch::manual_seed(5);
  const auto start = torch::randn({5, 4}, torch::kFloat64),
             target = torch::randn({5, 4}, torch::kFloat64);
  auto ours = start.clone().set_requires_grad(true);
  auto theirs = start.clone().set_requires_grad(true);
  Optimiser sgd(
      {{"x", ours}},
      {.kind = OptimiserKind::kSgd, .weight_decay = 3e-2, .momentum = 0.9, .clip_norm = 2});
  torch::optim::SGD reference(
      {theirs}, torch::optim::SGDOptions(0.02).momentum(0.9).nesterov(true).weight_decay(3e-2));
  double first_norm = 0;
  for (int step = 0; step < 25; ++step) {
    sgd.zero_grad();
    (ours - target).pow(2).sum().backward();
    reference.zero_grad();
    (theirs - target).pow(2).sum().backward();
    const double norm = torch::nn::utils::clip_grad_norm_({theirs}, 2);
    if (step == 0) first_norm = norm;
    sgd.step(0.02);
    reference.step();
    ASSERT_LT((ours - theirs).abs().max().item<double>(), 1e-12) << "step " << step;
  }
  EXPECT_GT(first_norm, 2) << "the clip had something to do";
}

TEST(Optimiser, GoesOnFromItsStateAsIfNeverStopped) {
  using Parameters = Optimiser::NamedParameters;
  for (const OptimiserKind kind : {OptimiserKind::kAdam, OptimiserKind::kSgd}) {
    const auto run = [&](int stop_after) {
      torch::manual_seed(3);
      auto x = torch::randn({7}).set_requires_grad(true);
      const OptimiserOptions options{.kind = kind};
      auto optimiser = std::make_unique<Optimiser>(Parameters{{"x", x}}, options);
      for (int step = 0; step < 10; ++step) {
        if (step == stop_after) {
          NamedTensors saved;
          for (const auto& [name, tensor] : optimiser->state()) saved[name] = tensor.clone();
          optimiser = std::make_unique<Optimiser>(Parameters{{"x", x}}, options);
          optimiser->load(saved);
        }
        optimiser->zero_grad();
        x.sin().sum().backward();
        optimiser->step(0.01);
      }
      return x.detach().clone();
    };
    EXPECT_TRUE(run(-1).equal(run(4)));
  }
}

TEST(Schedule, StartsAtThePeakAndEndsNearZero) {
  for (const auto kind : {LearningRateCourse::kCosine, LearningRateCourse::kPoly}) {
    ScheduleOptions options{.learning_rate = 2e-3, .kind = kind};
    EXPECT_DOUBLE_EQ(learning_rate_at(options, 0, 0), 2e-3);
    EXPECT_LT(learning_rate_at(options, 99, 0.99), 0.02 * 2e-3);
    for (std::int64_t step = 1; step < 100; ++step) {
      EXPECT_LT(learning_rate_at(options, step, 0.01 * static_cast<double>(step)),
                learning_rate_at(options, step - 1, 0.01 * static_cast<double>(step - 1)));
    }
  }
  EXPECT_DOUBLE_EQ(
      learning_rate_at(
          {.learning_rate = 1, .kind = LearningRateCourse::kCyclic, .cyclic_half_steps = 10}, 10,
          0),
      1);
  EXPECT_DOUBLE_EQ(
      learning_rate_at(
          {.learning_rate = 1, .kind = LearningRateCourse::kCyclic, .cyclic_half_steps = 10}, 20,
          0),
      0.1);
  EXPECT_DOUBLE_EQ(
      learning_rate_at(
          {.learning_rate = 1, .kind = LearningRateCourse::kConstant, .warmup_steps = 10}, 4, 0.04),
      0.5);
}

TEST(WeightAverage, FollowsTheWeightsAndCopiesCounters) {
  torch::nn::BatchNorm1d layer(2);
  WeightAverage average(*layer, 0.5);
  const torch::NoGradGuard no_grad;
  layer->weight.fill_(3.0);
  layer->num_batches_tracked.fill_(4);
  average.update(*layer, 1000000);
  EXPECT_FLOAT_EQ(average.average().at("weight")[0].item<float>(), 2.0F);
  EXPECT_EQ(average.average().at("num_batches_tracked").item<std::int64_t>(), 4);
}

TEST(Budget, EndsAreThoseThatWereAskedFor) {
  LoopOptions options;
  options.epochs = 3;
  EXPECT_EQ(ends_of(options, 7).steps, 21);
  options.steps = 10;
  EXPECT_EQ(ends_of(options, 7).steps, 10);
  options.steps = 100;
  EXPECT_EQ(ends_of(options, 7).steps, 21);
}

TEST(Budget, ProgressIsTheShareOfTheNearerEnd) {
  EXPECT_DOUBLE_EQ(progress_of({.steps = 100}, {.step = 25, .elapsed_s = 1e6}), 0.25);
  EXPECT_DOUBLE_EQ(progress_of({.time_s = 60}, {.step = 1000, .elapsed_s = 15}), 0.25);
  EXPECT_DOUBLE_EQ(progress_of({.steps = 100, .time_s = 60}, {.step = 25, .elapsed_s = 30}), 0.5);
  EXPECT_DOUBLE_EQ(progress_of({.steps = 100, .time_s = 60}, {.step = 80, .elapsed_s = 30}), 0.8);
  EXPECT_DOUBLE_EQ(progress_of({.time_s = 60}, {.step = 0, .elapsed_s = 0}), 0);
  EXPECT_DOUBLE_EQ(progress_of({.time_s = 60}, {.step = 9, .elapsed_s = 61}), 1);
}

TEST(Budget, WithStepsAloneTheRateIsAFunctionOfTheStepToTheBit) {
  const ScheduleOptions cosine{.learning_rate = 2e-3};
  for (const std::int64_t planned : {1, 7, 900, 24000}) {
    for (std::int64_t step = 0; step < planned; step += 1 + planned / 50) {
      const double share = static_cast<double>(step) / static_cast<double>(planned);
      const double progress = progress_of({.steps = planned}, {.step = step, .elapsed_s = 5});
      EXPECT_EQ(learning_rate_at(cosine, step, progress), learning_rate_at(cosine, step, share));
    }
  }
}

TEST(Budget, ATimeAloneGivesACourseFromTheFirstStepOn) {
  const ScheduleOptions cosine{.learning_rate = 1};
  double before = 2;
  for (double elapsed_s = 0; elapsed_s <= 60; elapsed_s += 0.5) {
    const double rate = learning_rate_at(
        cosine, 3, progress_of({.time_s = 60}, {.step = 3, .elapsed_s = elapsed_s}));
    EXPECT_LT(rate, before);
    before = rate;
  }
  EXPECT_DOUBLE_EQ(learning_rate_at(cosine, 0, progress_of({.time_s = 60}, {})), 1);
  EXPECT_NEAR(before, 0.01, 1e-12);
}

TEST(Budget, TheFirstEndThatIsReachedCounts) {
  const RunEnds ends{.steps = 10, .time_s = 60, .patience = 3};
  EXPECT_FALSE(reached_end(ends, {.step = 9, .elapsed_s = 59, .validations_without_gain = 2}));
  EXPECT_EQ(reached_end(ends, {.step = 10}), Ending::kPlanDone);
  EXPECT_EQ(reached_end(ends, {.elapsed_s = 60}), Ending::kTimeUp);
  EXPECT_EQ(reached_end(ends, {.validations_without_gain = 3}), Ending::kNoGain);
  EXPECT_FALSE(reached_end({}, {.step = 1000000, .elapsed_s = 1e9, .validations_without_gain = 9}));
}

TEST(Budget, ExpectsTheStepsThatFitIntoTheTime) {
  EXPECT_EQ(expected_steps({.time_s = 100}, {.step = 20, .elapsed_s = 10}, 0.5), 20 + 180);
  EXPECT_EQ(expected_steps({.steps = 50, .time_s = 100}, {.step = 20, .elapsed_s = 10}, 0.5), 50);
  EXPECT_EQ(expected_steps({.steps = 50}, {.step = 20, .elapsed_s = 1e6}, 0.5), 50);
  EXPECT_EQ(expected_steps({.time_s = 100}, {}, 0), 0) << "not yet known";
}

TEST(Budget, SaysWhenTheTimeWasTooShort) {
  const auto text = [](const RunEnds& ends, std::int64_t step, std::int64_t best) {
    return shortfall(ends, {.step = step, .elapsed_s = 60}, 100, best);
  };
  EXPECT_NE(text({.steps = 900, .time_s = 60}, 90, 90).find("90 of 900 planned steps (10 %)"),
            std::string::npos);
  EXPECT_EQ(text({.steps = 900, .time_s = 60}, 850, 800), "") << "nearly all of the plan";
  EXPECT_EQ(text({.steps = 900}, 900, 800), "") << "no time budget";
  EXPECT_NE(text({.time_s = 60}, 40, 40).find("before the first validation"), std::string::npos);
  EXPECT_NE(text({.time_s = 60}, 500, 100).find("no validation was better than that of step 100"),
            std::string::npos);
  EXPECT_EQ(text({.time_s = 60}, 500, 400), "");
  EXPECT_EQ(text({.time_s = 60}, 500, 0), "") << "no validation cases";
}

TEST(Budget, ANewEndReplacesThoseThatArePassed) {
  LoopOptions before;
  before.time_s = 60;
  LoopOptions asked = before;
  asked.steps = 500;
  const RunPosition position{.step = 100, .elapsed_s = 61};
  EXPECT_EQ(drop_passed_ends(asked, before, position, 7), std::vector<std::string>{"train.time_s"});
  EXPECT_EQ(asked.time_s, 0);
  EXPECT_EQ(asked.steps, 500);
  LoopOptions longer = before;
  longer.steps = before.steps = 900;
  longer.time_s = 120;
  EXPECT_TRUE(drop_passed_ends(longer, before, position, 7).empty());
  EXPECT_EQ(longer.steps, 900) << "an end that is ahead still counts";
  LoopOptions passed = before;
  passed.steps = 50;
  (void)drop_passed_ends(passed, before, position, 7);
  EXPECT_EQ(passed.steps, 50) << "what was asked for now is never dropped";
}

}  // namespace
}  // namespace medcl
