// SPDX-License-Identifier: Apache-2.0
#include "medcl/objective/smoothed_dice.h"

#include <gtest/gtest.h>

#include <functional>

#include "medcl/core/error.h"
#include "medcl/objective/deep_supervision.h"
#include "medcl/objective/gradient_check.h"
#include "medcl/objective/reference_cases.h"
#include "medcl/objective/scribble.h"

namespace medcl {
namespace {

constexpr std::int64_t kBatch = 2, kClasses = 3, kVoxels = 32;  // of 4 x 4 x 2

/// What nnU-Net 2.8.1 was given: logits[i] = ((37 i) mod 23 - 11) / 8, labels[i] = (5 i + i div 7)
/// mod 3.
torch::Tensor given_logits() {
  const auto i = torch::arange(kBatch * kClasses * kVoxels, torch::kInt64);
  const auto values = (torch::remainder(37 * i, 23) - 11).to(torch::kFloat64) / 8;
  return values.view({kBatch, kClasses, 4, 4, 2});
}

torch::Tensor indicators(const torch::Tensor& labels) {
  return torch::one_hot(labels, kClasses).movedim(-1, 1).to(torch::kFloat64);
}

torch::Tensor given_target() {
  const auto i = torch::arange(kBatch * kVoxels, torch::kInt64);
  const auto seventh = torch::floor_divide(i, torch::full({}, 7, torch::kInt64));
  return indicators(torch::remainder(5 * i + seventh, 3).view({kBatch, 4, 4, 2}));
}

double dice_of(const torch::Tensor& target, DiceSums sums) {
  return smoothed_dice(given_logits().softmax(1), target, sums).item<double>();
}

double entropy_of(const torch::Tensor& target) {
  return partial_cross_entropy_from_logits(given_logits(), target).item<double>();
}

TEST(SmoothedDice, IsThatOfNnunet) {
  EXPECT_NEAR(entropy_of(given_target()), 1.27933458, 1e-7);
  EXPECT_NEAR(dice_of(given_target(), DiceSums::kImage), 1 - 0.31762818, 1e-7);
  EXPECT_NEAR(dice_of(given_target(), DiceSums::kBatch), 1 - 0.31761378, 1e-7);
}

TEST(SmoothedDice, LeavesOutWhatNobodyAnnotated) {
  auto target = given_target();
  target.select(2, 0).zero_();
  EXPECT_NEAR(entropy_of(target) + dice_of(target, DiceSums::kImage), 1 + 1.03504309, 1e-7);
  EXPECT_NEAR(entropy_of(target) + dice_of(target, DiceSums::kBatch), 1 + 1.03422189, 1e-7);
  const auto prob = given_logits().softmax(1).requires_grad_();
  smoothed_dice(prob, target).backward();
  EXPECT_EQ(prob.grad().select(2, 0).abs().max().item<double>(), 0);
}

TEST(SmoothedDice, IsNothingWithoutAnnotationAndAlmostOneForWhatIsNotThere) {
  const auto nothing = torch::zeros({kBatch, kClasses, 4, 4, 2}, torch::kFloat64);
  EXPECT_EQ(dice_of(nothing, DiceSums::kBatch), 0);
  EXPECT_EQ(dice_of(nothing, DiceSums::kImage), 0);
  const auto background = indicators(torch::zeros({kBatch, 4, 4, 2}, torch::kInt64));
  EXPECT_NEAR(dice_of(background, DiceSums::kImage), 1 - 9.155e-7, 1e-9);
  EXPECT_NEAR(dice_of(background, DiceSums::kBatch), 1 - 4.569e-7, 1e-9);
}

TEST(SmoothedDice, HasTheDerivativeItClaims) {
  auto target = given_target();
  target.select(3, 1).zero_();
  for (const DiceSums sums : {DiceSums::kBatch, DiceSums::kImage}) {
    const auto loss = [&](const torch::Tensor& logits) {
      return smoothed_dice(logits.softmax(1), target, sums);
    };
    EXPECT_LT(gradient_error(loss, given_logits()), 1e-6);
  }
}

TEST(SmoothedDice, TakesMixedAnnotation) {
  // One pixel that is half of class 1, predicted as 0.6: (2 0.6 0.5 + s) / (0.6 0.5 + 0.5 + s).
  const auto target = torch::tensor({0.0, 0.5}, torch::kFloat64).view({1, 2, 1});
  const auto prob = torch::tensor({0.4, 0.6}, torch::kFloat64).view({1, 2, 1});
  EXPECT_NEAR(smoothed_dice(prob, target).item<double>(), 1 - 0.60001 / 0.80001, 1e-12);
}

TEST(SmoothedDice, RefusesShapesThatDoNotFit) {
  EXPECT_THROW(smoothed_dice(torch::zeros({1, 2, 4}), torch::zeros({1, 2, 5})), Error);
  EXPECT_THROW(smoothed_dice(torch::zeros({1, 1, 4}), torch::zeros({1, 1, 4})), Error);
}

TEST(DeepSupervision, WeighsLevelsByHalvesAndTheCoarsestNotAtAll) {
  EXPECT_EQ(level_weights(1), std::vector<double>{1});
  EXPECT_EQ(level_weights(2), (std::vector<double>{1, 0}));
  const std::vector<double> five = level_weights(5);
  const std::vector<double> expected{.533333, .266667, .133333, .066667, 0};
  ASSERT_EQ(five.size(), expected.size());
  for (std::size_t n = 0; n < 5; ++n) EXPECT_NEAR(five[n], expected[n], 1e-6);
}

TEST(DeepSupervision, TakesTheMiddleOrTheMeanOfABlock) {
  const auto fine = torch::arange(16, torch::kFloat64).view({1, 1, 4, 4});
  const auto middle = coarser_annotation(fine, {2, 2}, CoarseAnnotation::kMiddle);
  EXPECT_TRUE(middle.equal(torch::tensor({5.0, 7.0, 13.0, 15.0}, torch::kF64).view({1, 1, 2, 2})));
  const auto mean = coarser_annotation(fine, {2, 4}, CoarseAnnotation::kMean);
  EXPECT_TRUE(mean.equal(fine.view({1, 1, 2, 2, 4}).mean(3)));
  EXPECT_TRUE(coarser_annotation(fine, {4, 4}, CoarseAnnotation::kMean).equal(fine));
  const auto volume = torch::arange(24, torch::kFloat64).view({1, 1, 6, 2, 2});
  EXPECT_TRUE(coarser_annotation(volume, {2, 2, 1}, CoarseAnnotation::kMiddle)
                  .flatten()
                  .equal(torch::tensor({5.0, 7.0, 17.0, 19.0}, torch::kF64)));
  EXPECT_THROW(coarser_annotation(fine, {3, 4}, CoarseAnnotation::kMean), Error);
  EXPECT_THROW(coarser_annotation(fine, {4}, CoarseAnnotation::kMiddle), Error);
}

}  // namespace
}  // namespace medcl
