// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "medcl/methods/strong_view.h"
#include "medcl/methods/test_networks.h"
#include "medcl/model/state.h"

namespace medcl {
namespace {

constexpr std::int64_t kClasses = 3;

/// Logits [1, 3, 1, 4] of probabilities, class by class.
torch::Tensor logits_of(const std::vector<float>& prob) {
  return torch::tensor(prob).view({1, kClasses, 1, 4}).log();
}

/// Four pixels of which the last is annotated with class 1; class 2 is absent.
Batch four_pixels(double progress) {
  Batch batch;
  batch.image_bcs = torch::zeros({1, 1, 1, 4});
  batch.annotation.labels_bs = torch::tensor({255, 255, 255, 1}).view({1, 1, 4}).to(torch::kU8);
  batch.present_bk = torch::tensor({{1.0F, 1.0F, 0.0F}});
  batch.progress = progress;
  return batch;
}

std::vector<std::string> plain() {
  return {"scribble.balance=0", "weight.pseudo=2", "teacher.decay=0.5"};
}

TEST(MeanTeacher, LearnsWhatTheTeacherIsSureOfAndThePersonDrew) {
  // Sure of 0; unsure; sure of what is not there, and of 1 among the rest; sure of 0, drawn as 1.
  const auto teacher = logits_of(
      {0.85F, 0.50F, 0.01F, 0.90F, 0.05F, 0.40F, 0.09F, 0.05F, 0.10F, 0.10F, 0.90F, 0.05F});
  const std::vector<float> student{0.6F, 0.2F, 0.1F, 0.3F, 0.3F, 0.7F,
                                   0.2F, 0.5F, 0.1F, 0.1F, 0.7F, 0.2F};
  const MethodOptions options("mean_teacher", /*prompts=*/false, plain());
  const auto method = make_method(options, fixed_context(kClasses, {{.logits_bks = teacher}}));
  FixedNetwork network({.logits_bks = logits_of(student)});
  const Batch batch = four_pixels(/*progress=*/0.5);
  const LossTerms terms = method->losses({network, batch, /*seed=*/1});
  const auto values = values_of(terms);
  const double drawn = -std::log(0.5);
  EXPECT_NEAR(values.at("scribble_ce"), drawn, 1e-6);
  EXPECT_NEAR(values.at("pseudo_ce"), (drawn - std::log(0.6) - std::log(0.2)) / 3, 1e-6);
  // Pixels 0, 2 and 3 count; labels 0, 1, 1.
  const double background = 2 * 0.6 / (1 + 0.6 + 0.1 + 0.3);
  const double first = 2 * (0.2 + 0.5) / (2 + 0.3 + 0.2 + 0.5);
  EXPECT_NEAR(values.at("pseudo_dice"), 1 - (background + first) / 2, 1e-6);
  EXPECT_EQ(weights_of(terms).at("pseudo_ce"), 2);
}

TEST(MeanTeacher, TheTeacherIsSilentBeforeItsTime) {
  const MethodOptions options("mean_teacher", /*prompts=*/false, plain());
  const auto uniform = torch::zeros({1, kClasses, 1, 4});
  const auto method = make_method(options, fixed_context(kClasses, {{.logits_bks = uniform}}));
  FixedNetwork network({.logits_bks = uniform});
  for (const auto& [progress, expected] :
       {std::pair{0.0, 0.0}, {0.24, 0.0}, {0.25, 2 * std::exp(-5)}, {0.4, 2.0}, {1.0, 2.0}}) {
    const Batch batch = four_pixels(progress);
    const auto weights = weights_of(method->losses({network, batch, /*seed=*/1}));
    EXPECT_NEAR(weights.at("pseudo_ce"), expected, 1e-12) << progress;
    EXPECT_NEAR(weights.at("pseudo_dice"), expected, 1e-12) << progress;
  }
}

TEST(MeanTeacher, TheTeacherFollowsAndIsKept) {
  const MethodOptions options("mean_teacher", /*prompts=*/false, plain());
  const auto zeros = torch::zeros({1, kClasses, 1, 4});
  const auto method = make_method(options, fixed_context(kClasses, {{.logits_bks = zeros}}));
  FixedNetwork network({.logits_bks = torch::ones_like(zeros)});
  Batch batch = four_pixels(0.5);
  batch.step = 7;
  ASSERT_NE(method->kept(), nullptr);
  EXPECT_EQ(method->trained(), nullptr);
  method->after_step({network, batch, /*seed=*/1});
  const auto state = state_of(*method->kept());
  ASSERT_EQ(state.count("network.logits"), 1U);
  EXPECT_TRUE(torch::allclose(state.at("network.logits"), torch::full_like(zeros, 0.5)));
}

TEST(StrongView, ChangesIntensitiesAloneAndDependsOnTheStepAlone) {
  Batch batch;
  batch.image_bcs = torch::randn({3, 2, 8, 8});
  batch.step = 4;
  FixedNetwork network(NetworkOutput{});
  const AugmentOptions both{.brightness = 0.3, .contrast = 0.3};
  const auto view = strong_view({network, batch, /*seed=*/1}, both);
  EXPECT_TRUE(torch::equal(view, strong_view({network, batch, /*seed=*/1}, both)));
  std::set<double> offsets;
  for (std::int64_t b = 0; b < 3; ++b) {
    for (std::int64_t c = 0; c < 2; ++c) {
      const auto x = batch.image_bcs[b][c], y = view[b][c];
      const double factor = (y.std() / x.std()).item<double>();
      const double offset = (y - factor * x).mean().item<double>();
      EXPECT_LT((y - factor * x - offset).abs().max().item<double>(), 1e-4);
      EXPECT_LE(std::abs(std::log(factor)), 0.3001);
      EXPECT_LE(std::abs(offset), 0.3001);
      offsets.insert(offset);
    }
  }
  EXPECT_EQ(offsets.size(), 6U);
  batch.step = 5;
  EXPECT_FALSE(torch::equal(view, strong_view({network, batch, /*seed=*/1}, both)));
  EXPECT_TRUE(torch::equal(strong_view({network, batch, /*seed=*/1}, {}), batch.image_bcs));
  const AugmentOptions noise{.noise = 0.1};
  EXPECT_TRUE(torch::equal(strong_view({network, batch, /*seed=*/1}, noise),
                           strong_view({network, batch, /*seed=*/1}, noise)));
}

}  // namespace
}  // namespace medcl
