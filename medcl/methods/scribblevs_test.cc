// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>

#include "medcl/methods/test_networks.h"

namespace medcl {
namespace {

constexpr std::int64_t kClasses = 2;

/// Three pixels with these probabilities of the foreground.
torch::Tensor logits_of(const std::vector<float>& foreground) {
  const auto prob = torch::tensor(foreground).view({1, 1, 1, 3});
  return torch::cat({1 - prob, prob}, 1).log();
}

/// The last pixel is annotated as foreground.
std::map<std::string, double> values(const std::vector<float>& student,
                                     const std::vector<float>& teacher, int drawn = 1) {
  const MethodOptions options("scribblevs", /*prompts=*/false);
  const auto method =
      make_method(options, fixed_context(kClasses, {{.logits_bks = logits_of(teacher)}}));
  FixedNetwork network({.logits_bks = logits_of(student)});
  Batch batch;
  batch.image_bcs = torch::zeros({1, 1, 1, 3});
  batch.annotation.labels_bs = torch::tensor({255, 255, drawn}).view({1, 1, 3}).to(torch::kU8);
  batch.progress = 1;
  return values_of(method->losses({network, batch, /*seed=*/1}));
}

/// Cross-entropy of the student with labels 0 or 1.
double cross_entropy(const std::vector<float>& student, const std::vector<int>& labels) {
  double sum = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    sum -= std::log(labels[i] == 1 ? student[i] : 1 - student[i]);
  }
  return sum / static_cast<double>(labels.size());
}

TEST(ScribbleVs, TheOneThatMeetsTheStrokesBetterGivesTheLabels) {
  const std::vector<float> student{0.9F, 0.2F, 0.6F};
  const auto taught = values(student, {0.3F, 0.8F, 0.7F});
  EXPECT_NEAR(taught.at("scribble_ce"), -std::log(0.6), 1e-6);
  EXPECT_NEAR(taught.at("pseudo_ce"), cross_entropy(student, {0, 1, 1}), 1e-5);
  const auto own = values(student, {0.3F, 0.8F, 0.5F});
  EXPECT_NEAR(own.at("pseudo_ce"), cross_entropy(student, {1, 0, 1}), 1e-5);
}

TEST(ScribbleVs, WithoutStrokesTheStudentTeachesItself) {
  const std::vector<float> student{0.9F, 0.2F, 0.6F};
  const auto own = values(student, {0.3F, 0.8F, 0.7F}, /*drawn=*/255);
  EXPECT_EQ(own.at("scribble_ce"), 0);
  EXPECT_NEAR(own.at("pseudo_ce"), cross_entropy(student, {1, 0, 1}), 1e-5);
}

TEST(ScribbleVs, DiceOnLabelsIsThatWithSquares) {
  const std::vector<float> student{0.9F, 0.2F, 0.6F};
  const auto own = values(student, {0.3F, 0.8F, 0.5F});  // labels 1, 0, 1
  const double foreground = 2 * (0.9 + 0.6) / (0.81 + 0.04 + 0.36 + 2);
  const double background = 2 * 0.8 / (0.01 + 0.64 + 0.16 + 1);
  EXPECT_NEAR(own.at("pseudo_dice"), 1 - (foreground + background) / 2, 1e-5);
}

}  // namespace
}  // namespace medcl
