// SPDX-License-Identifier: Apache-2.0
#include "medcl/methods/between.h"

#include <gtest/gtest.h>

#include <cmath>

#include "medcl/core/error.h"
#include "medcl/methods/test_networks.h"
#include "medcl/model/state.h"

namespace medcl {
namespace {

/// Two layers for each pixel, in float64.
class TwoLayers final : public Network {
 public:
  explicit TwoLayers(std::uint64_t seed) {
    torch::manual_seed(seed);
    first_ = register_module("first", torch::nn::Linear(1, 3));
    second_ = register_module("second", torch::nn::Linear(3, 2));
    to(torch::kFloat64);
  }
  void set_compute_type(torch::ScalarType /*type*/) override {}

 private:
  NetworkOutput pass(const torch::Tensor& image_bcs, const ClassPrompts* /*prompts*/) override {
    const auto hidden = first_(image_bcs.transpose(1, -1)).tanh();
    return {.logits_bks = second_(hidden).transpose(1, -1)};
  }
  torch::nn::Linear first_{nullptr}, second_{nullptr};
};

torch::Tensor image() {
  torch::manual_seed(9);
  return torch::randn({2, 1, 5}, torch::kFloat64);
}

/// Some number that depends on all logits.
torch::Tensor loss_of(const torch::Tensor& logits_bks) {
  return (logits_bks.log_softmax(1).select(1, 0) * torch::arange(1, 6)).sum();
}

struct Fixture {
  TwoLayers first{1}, second{2};
  std::shared_ptr<TwoLayers> shell = std::make_shared<TwoLayers>(3);
  Between between{shell};
  std::int64_t layer = 0;
  double share = 0.3;

  torch::Tensor loss() { return loss_of(between.logits(first, second, layer, share, image())); }
};

TEST(Between, OneLayerLiesBetweenAndTheOthersAreThoseOfTheFirst) {
  for (const std::int64_t layer : {0, 1}) {
    Fixture of;
    of.layer = layer;
    ASSERT_EQ(of.between.layers(), 2);
    NamedTensors mixed = state_of(of.first);
    const NamedTensors other = state_of(of.second);
    for (auto& [name, value] : mixed) {
      if (name.starts_with(layer == 0 ? "first." : "second."))
        value = 0.3 * value + 0.7 * other.at(name);
    }
    TwoLayers expected(4);
    load_state(expected, mixed, "test");
    EXPECT_NEAR(of.loss().item<double>(),
                loss_of(expected.forward(image()).logits_bks).item<double>(), 1e-12);
  }
}

TEST(Between, GradientOfBothNetworksIsThatOfFiniteDifferences) {
  for (const std::int64_t layer : {0, 1}) {
    Fixture of;
    of.layer = layer;
    of.loss().backward();
    for (TwoLayers* network : {&of.first, &of.second}) {
      for (const auto& entry : network->named_parameters()) {
        auto value = entry.value().detach().flatten();
        for (std::int64_t i = 0; i < value.numel(); ++i) {
          const double x = value[i].item<double>();
          const auto at = [&](double offset) {
            value[i] = x + offset;
            const double loss = of.loss().item<double>();
            value[i] = x;
            return loss;
          };
          constexpr double kStep = 1e-5;
          const double expected = (at(kStep) - at(-kStep)) / (2 * kStep);
          const auto gradient = entry.value().grad();
          const double found = gradient.defined() ? gradient.flatten()[i].item<double>() : 0.0;
          EXPECT_NEAR(found, expected, 1e-7)
              << (network == &of.first ? "first " : "second ") << entry.key() << " layer " << layer;
        }
      }
    }
  }
}

TEST(Between, SharesOneAndZeroAreTheNetworksThemselves) {
  Fixture of;
  of.share = 1;
  EXPECT_NEAR(of.loss().item<double>(),
              loss_of(of.first.forward(image()).logits_bks).item<double>(), 1e-12);
  of.loss().backward();
  EXPECT_EQ(of.second.named_parameters()["first.weight"].grad().abs().max().item<double>(), 0);
}

TEST(Between, TakesItsGradientOnce) {
  Fixture of;
  const auto loss = of.loss();
  loss.backward({}, /*retain_graph=*/true);
  EXPECT_THROW(loss.backward(), std::exception);
}

TEST(Between, LeavesWhatDoesNotLearn) {
  auto shell = std::make_shared<TwoLayers>(3);
  for (auto& parameter : shell->parameters()) parameter.set_requires_grad(false);
  EXPECT_THROW(Between{shell}, Error);
}

MethodOptions modelmix(const std::vector<std::string>& settings = {}) {
  return {"modelmix", /*prompts=*/false, settings};
}

Batch small_batch(std::int64_t step) {
  torch::manual_seed(5);
  Batch batch;
  batch.image_bcs = torch::randn({3, 1, 16, 16});
  batch.annotation.labels_bs = torch::randint(0, 9, {3, 16, 16}).to(torch::kU8);
  batch.annotation.labels_bs.masked_fill_(batch.annotation.labels_bs.ge(3), 255);
  batch.step = step;
  return batch;
}

TEST(ModelMix, BothNetworksLearnAndOneIsTheRuns) {
  const auto context = unet_context(modelmix(), 3);
  const auto method = make_method(modelmix(), context);
  const auto network = context.make_network(1);
  ASSERT_NE(method->trained(), nullptr);
  const Batch batch = small_batch(2);
  const LossTerms terms = method->losses({*network, batch, 1});
  total_loss(terms).backward();
  for (torch::nn::Module* module :
       {static_cast<torch::nn::Module*>(network.get()), method->trained()}) {
    double largest = 0;
    for (const auto& parameter : module->parameters()) {
      ASSERT_TRUE(parameter.grad().defined());
      EXPECT_TRUE(parameter.grad().isfinite().all().item<bool>());
      largest = std::max(largest, parameter.grad().abs().max().item<double>());
    }
    EXPECT_GT(largest, 0);
  }
  for (const char* term : {"scribble_ce", "scribble_dice", "mixed_ce", "mix", "second_scribble_ce",
                           "between_scribble_ce", "invariance"}) {
    EXPECT_EQ(values_of(terms).count(term), 1U) << term;
  }
}

TEST(ModelMix, ANetworkBetweenEqualsAgreesWithItselfOnATurnedImage) {
  // Of a network for single pixels whose two copies are equal nothing depends on layer and turn.
  const auto logits = torch::randn({3, 3, 1, 1});
  const auto method =
      make_method(modelmix(), fixed_context(3, {{.logits_bks = logits}, {.logits_bks = logits}}));
  FixedNetwork network({.logits_bks = logits});
  for (const std::int64_t step : {0, 1, 2, 3}) {
    Batch batch = small_batch(step);
    batch.image_bcs = batch.image_bcs.narrow(2, 0, 1).narrow(3, 0, 1);
    batch.annotation.labels_bs = batch.annotation.labels_bs.narrow(1, 0, 1).narrow(2, 0, 1);
    const auto values = values_of(method->losses({network, batch, 1}));
    EXPECT_NEAR(values.at("invariance"), 0, 1e-6);
    EXPECT_NEAR(values.at("between_scribble_ce"), values.at("scribble_ce"), 1e-6);
  }
}

}  // namespace
}  // namespace medcl
