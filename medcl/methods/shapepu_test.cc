// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "medcl/methods/test_networks.h"
#include "medcl/mixing/hole.h"
#include "medcl/objective/class_margins.h"
#include "medcl/objective/class_shares.h"
#include "medcl/objective/marginal_pu.h"
#include "medcl/objective/scribble.h"

namespace medcl {
namespace {

constexpr std::int64_t kSide = 16, kImages = 2;
constexpr std::uint8_t kNobody = 255;
const Extent kMap{1, kSide, kSide};

Batch strokes(std::int64_t step) {
  torch::manual_seed(2);
  auto labels = torch::full({kImages, kSide, kSide}, kNobody, torch::kUInt8);
  labels.select(1, 2).fill_(0);
  labels.select(1, 9).slice(1, 2, 12).fill_(1);
  return batch_of(torch::randn({kImages, 1, kSide, kSide}), labels, 2, step);
}

std::map<std::string, double> terms_at(std::int64_t step, Network& network,
                                       std::vector<std::string> settings = {}) {
  settings.emplace_back("shapepu.from_step=3");
  settings.emplace_back("shapepu.side=0.5");
  const auto method = method_of("shapepu", settings, 2, kMap);
  const Batch batch = strokes(step);
  return values_of(method->losses({network, batch, 1}));
}

TEST(Shapepu, PredictionsOfACutImageAreThoseOfTheImageBesideTheHole) {
  Identity sees_pixels;  // beside a hole nothing changes
  EXPECT_NEAR(terms_at(0, sees_pixels).at("consistency"), 0, 1e-6);
}

TEST(Shapepu, StrokesInAHoleTeachWhatIsAsked) {
  Identity network;
  const Batch batch = strokes(1);
  RandomStream random({.seed = 1, .epoch = 1, .purpose = Purpose::kIntraMix});
  const Holes holes = draw_holes({.side = 0.5}, batch.image_bcs, random);
  const auto target = batch.annotation.weights(2);
  const auto cut = holes.cut(batch.image_bcs);
  const auto cut_logits = torch::cat({torch::zeros_like(cut), cut}, 1);
  for (const auto& [name, labels] : choices(HoleLabels{})) {
    const auto found = terms_at(1, network, {"shapepu.labels=" + name});
    EXPECT_NEAR(found.at("cut_ce"),
                partial_cross_entropy_from_logits(cut_logits, holes.cut_annotation(target, labels))
                    .item<double>(),
                1e-6)
        << name;
  }
}

TEST(Shapepu, SaysFromAStepOnWhatPixelsAreNot) {
  torch::manual_seed(6);
  const auto logits = torch::randn({kImages, 2, kSide, kSide});
  Fixed network(logits);
  EXPECT_EQ(terms_at(2, network).count("pu"), 0U);
  for (const double balance : {0.0, 1.0}) {
    const auto found = terms_at(3, network, {"scribble.balance=" + std::to_string(balance)});
    const auto target = strokes(3).annotation.weights(2);
    const auto unlabelled = nobody_annotated(target);
    const auto prob = logits.softmax(1);
    const auto rows = prob.movedim(1, -1).reshape({-1, 2});
    // 32 pixels of background and 20 of the class, or as many of each.
    const auto labelled = balance == 0 ? torch::tensor({32.0, 20.0}) : torch::tensor({1.0, 1.0});
    const auto share_k = shares_by_iteration(
        rows.index_select(0, unlabelled.view({-1}).nonzero().view({-1})), labelled);
    const auto excluded =
        excluded_classes(prob, unlabelled, share_k, torch::ones({2}, torch::kBool));
    EXPECT_NEAR(found.at("pu"), marginal_loss(prob, excluded).item<double>(), 1e-6) << balance;
    EXPECT_GT(found.at("pu"), 0);
  }
}

}  // namespace
}  // namespace medcl
