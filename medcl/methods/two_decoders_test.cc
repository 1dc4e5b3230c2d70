// SPDX-License-Identifier: Apache-2.0
#include "medcl/methods/two_decoders.h"

#include <gtest/gtest.h>

#include <cmath>

#include "medcl/core/error.h"
#include "medcl/methods/test_networks.h"
#include "medcl/model/state.h"
#include "medcl/objective/pseudo_label.h"

namespace medcl {
namespace {

constexpr std::int64_t kClasses = 3;

Batch half_annotated() {
  torch::manual_seed(6);
  Batch batch;
  batch.image_bcs = torch::zeros({2, 1, 4, 4});
  batch.annotation.labels_bs =
      torch::where(torch::rand({2, 4, 4}) < 0.5, torch::full({2, 4, 4}, 255),
                   torch::randint(0, kClasses, {2, 4, 4}, torch::kInt64))
          .to(torch::kU8);
  batch.step = 3;
  return batch;
}

/// Logits of both decoders.
NetworkOutput two() {
  torch::manual_seed(7);
  return {.logits_bks = torch::randn({2, kClasses, 4, 4}),
          .further_bks = {torch::randn({2, kClasses, 4, 4})}};
}

/// The share that a method draws in the step of half_annotated().
double drawn_share() {
  RandomStream random({.seed = 1, .epoch = 3, .purpose = Purpose::kInterMix});
  return random.uniform();
}

torch::Tensor mixture(const NetworkOutput& both) {
  const double share = drawn_share();
  return share * both.logits_bks.softmax(1) + (1 - share) * both.further_bks[0].softmax(1);
}

/// Mean over pixels of -sum y log q.
double dense_cross_entropy(const torch::Tensor& log_q, const torch::Tensor& y) {
  return -(y * log_q).sum(1).mean().item<double>();
}

LossTerms losses_of(const MethodOptions& options, FixedNetwork& network, const Batch& batch) {
  return make_method(options, {.classes = kClasses, .seed = 1})->losses({network, batch, 1});
}

TEST(Wsl4, TeachesBothDecodersTheLabelsOfTheirMixture) {
  const NetworkOutput both = two();
  FixedNetwork network(both);
  const Batch batch = half_annotated();
  const MethodOptions options("wsl4", /*prompts=*/false);
  const LossTerms terms = losses_of(options, network, batch);
  const auto labels = torch::one_hot(mixture(both).argmax(1), kClasses).permute({0, 3, 1, 2});
  double dice = 0;
  for (const auto& logits : {both.logits_bks, both.further_bks[0]}) {
    dice += squared_dice(logits.softmax(1), labels.to(torch::kF32)).item<double>() / 2;
  }
  EXPECT_NEAR(values_of(terms).at("pseudo_dice"), dice, 1e-5);
  EXPECT_EQ(weights_of(terms).at("pseudo_dice"), 0.5);
}

TEST(Wsl4, ScribblesSuperviseBothDecodersByHalf) {
  const NetworkOutput both = two();
  FixedNetwork network(both);
  const Batch batch = half_annotated();
  const auto& labels = batch.annotation.labels_bs;
  double sum = 0, count = 0;
  for (std::int64_t b = 0; b < 2; ++b) {
    for (std::int64_t y = 0; y < 4; ++y) {
      for (std::int64_t x = 0; x < 4; ++x) {
        const auto label = labels[b][y][x].item<std::int64_t>();
        if (label == 255) continue;
        for (const auto& logits : {both.logits_bks, both.further_bks[0]}) {
          sum -= logits.log_softmax(1)[b][label][y][x].item<double>() / 2;
        }
        ++count;
      }
    }
  }
  const MethodOptions options("wsl4", /*prompts=*/false);
  EXPECT_NEAR(values_of(losses_of(options, network, batch)).at("scribble_ce"), sum / count, 1e-5);
}

TEST(Wsl4, LabelsHaveNoGradient) {
  FixedNetwork network(two());
  Batch batch = half_annotated();
  batch.annotation.labels_bs.fill_(255);
  const MethodOptions options("dmsps", /*prompts=*/false, {"dmsps.softmax=logits"});
  total_loss(losses_of(options, network, batch)).backward();
  // Of a cross-entropy with a constant y: weight / 2 / pixels (p - y).
  const NetworkOutput both = two();
  const auto expected = 8.0 / 2 / 32 * (both.logits_bks.softmax(1) - mixture(both));
  EXPECT_TRUE(torch::allclose(network.logits().grad(), expected, 1e-4, 1e-7));
}

TEST(Dmsps, ComparesSoftLabelsAsPublishedOrAsTheyAre) {
  const NetworkOutput both = two();
  FixedNetwork network(both);
  const Batch batch = half_annotated();
  const auto target = mixture(both);
  double published = 0, plain = 0;
  for (const auto& logits : {both.logits_bks, both.further_bks[0]}) {
    published += dense_cross_entropy(logits.softmax(1).log_softmax(1), target) / 2;
    plain += dense_cross_entropy(logits.log_softmax(1), target) / 2;
  }
  const MethodOptions as_published("dmsps", /*prompts=*/false);
  const LossTerms terms = losses_of(as_published, network, batch);
  EXPECT_NEAR(values_of(terms).at("pseudo_ce"), published, 1e-5);
  EXPECT_EQ(weights_of(terms).at("pseudo_ce"), 8);
  const MethodOptions once("dmsps", /*prompts=*/false, {"dmsps.softmax=logits"});
  EXPECT_NEAR(values_of(losses_of(once, network, batch)).at("pseudo_ce"), plain, 1e-5);
}

TEST(TwoDecoders, AModelHasOneDecoder) {
  const MethodOptions options("wsl4", /*prompts=*/false);
  const auto trained = small_unet(options, kClasses, 1);
  const auto model = make_network({"unet", {"network.width=2"}}, {1, kClasses}, 2);
  EXPECT_GT(state_of(*trained).size(), state_of(*model).size());
  load_state(*model, first_outputs(state_of(*trained), *model), "test");
  trained->eval();
  model->eval();
  const torch::NoGradGuard no_grad;
  const auto image = torch::randn({1, 1, 16, 16});
  EXPECT_TRUE(torch::equal(model->forward(image).logits_bks, trained->forward(image).logits_bks));
}

TEST(TwoDecoders, ANetworkWithOneIsAFault) {
  const auto one = make_network({"unet", {"network.width=2"}}, {1, kClasses}, 2);
  Batch batch;
  batch.image_bcs = torch::zeros({1, 1, 32, 32});
  EXPECT_THROW(two_predictions({*one, batch, 1}), Error);
}

}  // namespace
}  // namespace medcl
