// SPDX-License-Identifier: Apache-2.0
#include "medcl/objective/scribble.h"

#include "medcl/objective/gradient_check.h"
#include "medcl/objective/reference_cases.h"

namespace medcl {
namespace {

/// [1, m+1, h, w] from labels; 255 is unlabelled.
torch::Tensor annotation(const torch::Tensor& labels, std::int64_t classes,
                         torch::ScalarType type) {
  std::vector<torch::Tensor> maps;
  for (std::int64_t label = 0; label < classes; ++label) maps.push_back(labels.eq(label).to(type));
  return torch::stack(maps).unsqueeze(0);
}

bool every_class_occurs(const torch::Tensor& target_bkhw) {
  return target_bkhw.sum({0, 2, 3}).gt(0).all().item<bool>();
}

/// Cross-entropy minus the sum of the Dice of all classes; every class must occur.
torch::Tensor region_loss(const torch::Tensor& prob, const torch::Tensor& target) {
  return partial_cross_entropy(prob, target) - prob.size(1) * (1 - partial_dice(prob, target));
}

TEST(Scribble, MatchesTheReference) {
  const auto cases = reference_cases("supervised.safetensors");
  if (cases.empty()) GTEST_SKIP() << "no reference numbers";
  int compared = 0;
  for (const auto type : kBothPrecisions) {
    for (const auto& [name, reference] : cases) {
      if (!reference.has("in.labels")) continue;
      const auto prob = reference.at("in.prob", type).unsqueeze(0);
      const auto target = annotation(reference.fields.at("in.labels"), prob.size(1), type);
      const std::string out = "out.with_background.";
      expect_matches(partial_cross_entropy(prob, target), reference.at(out + "ce_mean"),
                     name + " ce");
      expect_matches(partial_dice(prob, target), reference.at(out + "one_minus_mean_dice_present"),
                     name + " dice of present classes");
      auto foreground = target.clone();
      foreground.select(1, 0).zero_();
      expect_matches(partial_cross_entropy(prob, foreground),
                     reference.at("out.foreground.ce_mean"), name + " foreground ce");
      ++compared;
      if (!every_class_occurs(target)) continue;
      expect_matches(region_loss(prob, target), reference.at(out + "region"), name + " region");
    }
  }
  EXPECT_GE(compared, 20);
}

TEST(Scribble, GradientsMatchTheReference) {
  const auto cases = reference_cases("supervised.safetensors");
  if (cases.empty()) GTEST_SKIP() << "no reference numbers";
  int compared = 0;
  for (const auto& [name, reference] : cases) {
    if (!reference.has("out.with_background.region.grad")) continue;
    const auto prob = reference.at("in.prob").clone().requires_grad_();
    const auto target = annotation(reference.fields.at("in.labels"), prob.size(0), torch::kFloat64);
    if (!every_class_occurs(target)) continue;
    ++compared;
    const auto gradient = gradient_of(region_loss(prob.unsqueeze(0), target), prob);
    const auto expected = reference.at("out.with_background.region.grad");
    const double scale = std::max(1.0, expected.abs().max().item<double>());
    expect_matches(gradient / scale, expected / scale, name, 1e-9);
  }
  EXPECT_GE(compared, 6);
}

TEST(Scribble, LossesHaveTheDerivativesTheyClaim) {
  const auto target = random_annotation({2, 3, 4, 4}, 1);
  const auto prob = random_normal({2, 3, 4, 4}, 2).softmax(1);
  using Loss = std::function<torch::Tensor(const torch::Tensor&)>;
  const std::map<std::string, Loss> losses = {
      {"ce", [&](const auto& p) { return partial_cross_entropy(p, target); }},
      {"logits", [&](const auto& z) { return partial_cross_entropy_from_logits(z, target); }},
      {"dice", [&](const auto& p) { return partial_dice(p, target); }}};
  for (const auto& [name, loss] : losses) {
    EXPECT_LT(gradient_error(loss, prob, 1e-4), 1e-6) << name;
  }
}

TEST(Scribble, LogitsAndProbabilitiesAgree) {
  const auto logits = random_normal({2, 4, 5, 5}, 3);
  const auto target = random_annotation({2, 4, 5, 5}, 4);
  EXPECT_NEAR(partial_cross_entropy(logits.softmax(1), target).item<double>(),
              partial_cross_entropy_from_logits(logits, target).item<double>(), 1e-12);
}

TEST(Scribble, PixelsWithoutAnnotationDoNotMatter) {
  const auto target = random_annotation({1, 3, 6, 6}, 5);
  const auto prob = random_normal({1, 3, 6, 6}, 6).softmax(1).requires_grad_();
  const auto unknown = target.sum(1, true).eq(0).expand_as(prob);
  for (const auto& loss : {partial_cross_entropy(prob, target), partial_dice(prob, target)}) {
    EXPECT_EQ(gradient_of(loss, prob).masked_select(unknown).abs().max().item<double>(), 0.0);
  }
}

TEST(Scribble, PerfectPredictionOfMixedAnnotationHasZeroDiceLoss) {
  const auto target = random_annotation({2, 3, 6, 6}, 7);
  const auto weight = target.sum(1, true);
  const auto prob = torch::where(weight.gt(0), target / weight.clamp_min(1e-9),
                                 torch::full({}, 1.0 / 3, torch::kFloat64));
  EXPECT_NEAR(partial_dice(prob, target).item<double>(), 0.0, 1e-12);
}

TEST(Scribble, NothingAnnotatedGivesZeroAndZeroGradient) {
  for (const auto type : kBothPrecisions) {
    const auto target = torch::zeros({2, 3, 4, 4}, type);
    auto prob = random_normal({2, 3, 4, 4}, 8).softmax(1).to(type).requires_grad_();
    for (const auto& loss :
         {partial_cross_entropy(prob, target), partial_cross_entropy_from_logits(prob, target),
          partial_dice(prob, target)}) {
      EXPECT_EQ(loss.item<double>(), 0.0);
      EXPECT_EQ(gradient_of(loss, prob).abs().max().item<double>(), 0.0);
    }
  }
}

TEST(WholeImageDice, HasAConstantDenominatorAndPullsOnStrokesOnly) {
  const auto target = random_annotation({2, 3, 6, 6}, 9);
  const auto prob = random_normal({2, 3, 6, 6}, 10).softmax(1).requires_grad_();
  const double pixels = 2 * 6 * 6, annotated = target.sum().item<double>();
  const auto loss = whole_image_dice(prob, target);
  EXPECT_NEAR(loss.item<double>(),
              1 - 2 * (prob * target).sum().item<double>() / (pixels + annotated), 1e-12);
  const auto of_logits = [&target](const torch::Tensor& logits) {
    return whole_image_dice(logits.softmax(1), target);
  };
  EXPECT_LT(gradient_error(of_logits, random_normal({2, 3, 6, 6}, 11)), 1e-6);
}

TEST(UnionCrossEntropy, IsBinaryCrossEntropyOfMembersAgainstOthers) {
  const auto members =
      torch::tensor({{1.0, 1.0, 0.0}, {1.0, 1.0, 1.0}}, torch::kFloat64);  // of 3 classes
  const auto labels = torch::tensor({{0, 1, 2}, {3, 255, 1}});
  const auto target = annotation(labels, 4, torch::kFloat64);
  const auto logits = random_normal({1, 2, 2, 3}, 31);
  double expected = 0;
  for (std::int64_t u = 0; u < 2; ++u) {
    for (std::int64_t p = 0; p < 6; ++p) {
      const auto label = labels.flatten()[p].item<std::int64_t>();
      if (label == 255) continue;
      const bool inside = label > 0 && members[u][label - 1].item<double>() > 0;
      const double z = logits[0][u].flatten()[p].item<double>();
      expected += std::log1p(std::exp(inside ? -z : z)) / 10;  // 5 annotated pixels, 2 unions
    }
  }
  const auto loss = [&](const torch::Tensor& z) { return union_cross_entropy(z, target, members); };
  EXPECT_NEAR(loss(logits).item<double>(), expected, 1e-12);
  EXPECT_LT(gradient_error(loss, logits), 1e-6);
  EXPECT_EQ(union_cross_entropy(logits, torch::zeros_like(target), members).item<double>(), 0.0);
}

TEST(Scribble, SaturatedPixelsStayFiniteAndRecoverable) {
  for (const double sign : {-1.0, 1.0}) {
    auto logits = torch::zeros({1, 2, 2, 2});
    logits.select(1, 1).fill_(sign * 1e4);
    logits.requires_grad_();
    const auto target = torch::zeros({1, 2, 2, 2});
    target.select(1, 0).fill_(1.0);
    for (const auto& loss : {partial_cross_entropy(logits.softmax(1), target),
                             partial_cross_entropy_from_logits(logits, target),
                             partial_dice(logits.softmax(1), target)}) {
      EXPECT_TRUE(loss.isfinite().item<bool>());
      EXPECT_TRUE(gradient_of(loss, logits).isfinite().all().item<bool>());
    }
    const auto pull = gradient_of(partial_cross_entropy_from_logits(logits, target), logits);
    EXPECT_NEAR(pull.sum(1).abs().max().item<double>(), 0.0, 1e-6);
    EXPECT_NEAR(pull.select(1, 0).sum().item<double>(), sign > 0 ? -1.0 : 0.0, 1e-6);
  }
  const auto prob = torch::full({1, 2, 1, 1}, 1e-30, torch::kFloat64).requires_grad_();
  const auto target = torch::ones({1, 2, 1, 1}, torch::kFloat64);
  EXPECT_LT(gradient_of(partial_cross_entropy(prob, target), prob).max().item<double>(), -1e9);
}

TEST(BalancedAnnotation, GivesEveryAnnotatedClassTheSameSum) {
  auto target = torch::zeros({2, 4, 5, 5}, torch::kFloat64);
  target.select(1, 0).narrow(1, 0, 3).fill_(1.0);                   // 30 pixels of background
  target.select(1, 1).narrow(1, 3, 1).fill_(1.0);                   // 10 of class 1
  target.select(1, 3).narrow(1, 4, 1).narrow(2, 0, 1).fill_(0.25);  // a soft trace of class 3
  const auto sum_k = [](const torch::Tensor& t) { return t.sum({0, 2, 3}); };
  const auto equal = balanced_annotation(target, 1.0);
  EXPECT_NEAR(sum_k(equal)[0].item<double>(), sum_k(equal)[1].item<double>(), 1e-12);
  EXPECT_NEAR(sum_k(equal)[0].item<double>(), sum_k(equal)[3].item<double>(), 1e-12);
  EXPECT_EQ(sum_k(equal)[2].item<double>(), 0.0);
  EXPECT_NEAR(equal.sum().item<double>(), target.sum().item<double>(), 1e-12);
  EXPECT_TRUE(balanced_annotation(target, 0.0).equal(target));
  const auto half = sum_k(balanced_annotation(target, 0.5));
  EXPECT_NEAR((half[0] / half[1]).item<double>(), std::sqrt(3.0), 1e-12);
  const auto nothing = torch::zeros_like(target);
  EXPECT_TRUE(balanced_annotation(nothing, 1.0).equal(nothing));
}

}  // namespace
}  // namespace medcl
