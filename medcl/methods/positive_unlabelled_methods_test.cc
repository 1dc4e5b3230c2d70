// SPDX-License-Identifier: Apache-2.0
// nnPU and CVIR: what they keep of a run, and what they make of a batch.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "medcl/core/error.h"
#include "medcl/methods/kept_shares.h"
#include "medcl/methods/test_networks.h"
#include "medcl/objective/class_margins.h"
#include "medcl/objective/class_shares.h"
#include "medcl/objective/positive_unlabelled.h"

namespace medcl {
namespace {

constexpr std::int64_t kSide = 12, kImages = 2, kClasses = 3;
constexpr std::uint8_t kNobody = 255;

/// Strokes of the background and class 1; none of class 2.
Batch strokes(std::int64_t step) {
  auto labels = torch::full({kImages, kSide, kSide}, kNobody, torch::kUInt8);
  labels.select(1, 2).fill_(0);
  labels.select(1, 3).fill_(0);
  labels.select(1, 6).slice(1, 2, 8).fill_(1);
  return batch_of(torch::zeros({kImages, 1, kSide, kSide}), labels, kClasses, step);
}

torch::Tensor logits() {
  torch::manual_seed(3);
  return torch::randn({kImages, kClasses, kSide, kSide});
}

const Extent kMap{1, kSide, kSide};

/// Shares .6, .3 and .1 of the classes.
std::vector<std::string> given(std::vector<std::string> more = {}) {
  more.insert(more.end(), {"shares.source=given", "shares.given=0.6,0.3,0.1"});
  return more;
}

TEST(Nnpu, IsTheMeanRiskOfTheClassesThatHaveStrokes) {
  Fixed network(logits());
  const auto method = method_of("nnpu", given(), kClasses, kMap);
  const Batch batch = strokes(0);
  const auto found = values_of(method->losses({network, batch, 1})).at("pu_risk");
  const auto margins = class_margins(network.logits_bks);
  const auto target = batch.annotation.weights(kClasses);
  double expected = 0;
  for (const std::int64_t k : {0, 1}) {
    expected += nnpu_risk(pixels_of_class(margins, target, k), torch::tensor(k == 0 ? 0.6F : 0.3F))
                    .item<double>();
  }
  EXPECT_NEAR(found, expected / 2, 1e-6);
}

TEST(Cvir, LeavesOutLikelyPixelsAfterItsFirstSteps) {
  const auto loss_at = [](std::int64_t step) {
    Fixed network(logits());
    const auto method = method_of("cvir", given({"cvir.warm_steps=5"}), kClasses, kMap);
    const Batch batch = strokes(step);
    return values_of(method->losses({network, batch, 1})).at("cvir");
  };
  const auto margins = class_margins(logits());
  const auto target = strokes(0).annotation.weights(kClasses);
  const auto expected = [&](double share_0, double share_1) {
    return (value_ignoring_loss(pixels_of_class(margins, target, 0), share_0).item<double>() +
            value_ignoring_loss(pixels_of_class(margins, target, 1), share_1).item<double>()) /
           2;
  };
  EXPECT_NEAR(loss_at(4), expected(0, 0), 1e-6);
  EXPECT_NEAR(loss_at(5), expected(0.6F, 0.3F), 1e-6);
}

TEST(KeptShares, BeginAsAmongTheStrokesAndFollowTheScores) {
  KeptShares kept(KeptShareOptions{.momentum = 0.9}, kClasses);
  EXPECT_EQ(kept->share(1), 0);
  const auto scores = class_margins(logits());
  const auto target = strokes(0).annotation.weights(kClasses);
  kept->see(scores, target);
  const auto of = [&](const torch::Tensor& mask) {
    const auto chosen = scores.select(1, 1).masked_select(mask).contiguous();
    return std::vector<float>(chosen.data_ptr<float>(), chosen.data_ptr<float>() + chosen.numel());
  };
  const double by_scores =
      best_bin_share(of(target.select(1, 1).gt(0)), of(nobody_annotated(target)));
  const double among_strokes = 6.0 / (6 + 24);
  EXPECT_NEAR(kept->share(1), 0.9 * among_strokes + 0.1 * by_scores, 1e-6);
  EXPECT_EQ(kept->share(2), 0) << "nobody drew it";
  const double before = kept->share(1);
  kept->see(scores, target);
  EXPECT_NEAR(kept->share(1), 0.9 * before + 0.1 * by_scores, 1e-6);
}

TEST(KeptShares, AreWhatARunMustFindAgain) {
  for (const char* name : {"nnpu", "cvir"}) {
    const auto method = method_of(name, {}, kClasses, kMap);
    ASSERT_NE(method->kept(), nullptr);
    EXPECT_EQ(method->kept()->named_buffers().size(), 1U);
    EXPECT_EQ(method->trained(), nullptr);
  }
}

TEST(KeptShares, GivenOnesAreNumbersOfAllClasses) {
  const auto refusal = [](const std::string& shares) -> std::string {
    try {
      (void)method_of("nnpu", {"shares.source=given", "shares.given=" + shares}, kClasses, kMap);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kUsage);
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(refusal("0.6,0.3,0.1"), "");
  EXPECT_THAT(refusal("0.6,0.3"), ::testing::HasSubstr("3 numbers"));
  EXPECT_THAT(refusal("0.6,0.3,much"), ::testing::HasSubstr("much"));
  EXPECT_THAT(refusal("0.6,0.3,1.5"), ::testing::HasSubstr("1.5"));
  EXPECT_THAT(refusal("0.6,0.3,nan"), ::testing::HasSubstr("nan"));
}

}  // namespace
}  // namespace medcl
