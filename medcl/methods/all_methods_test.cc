// SPDX-License-Identifier: Apache-2.0
// What holds for every method, of whatever kind.
#include "medcl/methods/all_methods.h"

#include <gtest/gtest.h>

#include <cmath>

#include "medcl/methods/test_networks.h"
#include "medcl/methods/test_settings.h"
#include "medcl/model/networks.h"

namespace medcl {
namespace {

constexpr std::int64_t kSide = 32;
constexpr std::uint8_t kNobody = 255;

/// A method and a small U-Net that fits it.
struct Learning {
  MethodContext context;
  std::unique_ptr<Method> method;
  std::shared_ptr<Network> network;

  Learning(const std::string& name, std::int64_t classes)
      : context{.map = {1, kSide, kSide}, .classes = classes, .seed = 1} {
    const MethodOptions options(name, /*prompts=*/false, early_and_small(name));
    const NetworkShape shape{
        .channels = 1, .classes = classes, .wish = options.needs(context).network};
    context.make_network = [shape](std::uint64_t seed) {
      const NetworkOptions small("unet", {"network.width=4", "network.dropout=0"});
      return make_network(small, shape, seed);
    };
    method = make_method(options, context);
    network = context.make_network(1);
    network->train();
  }

  /// The terms of a step whose gradient is taken.
  LossTerms step(const Batch& batch, std::uint64_t generator_seed = 7) {
    torch::manual_seed(generator_seed);
    const Step one{*network, batch, /*seed=*/1};
    const LossTerms terms = method->losses(one);
    total_loss(terms).backward();
    method->after_step(one);
    return terms;
  }

  void expect_finite_gradient() const {
    for (const auto& item : network->named_parameters()) {
      if (!item.value().grad().defined()) continue;
      EXPECT_TRUE(item.value().grad().isfinite().all().item<bool>()) << item.key();
    }
  }

  [[nodiscard]] double gradient_size() const {
    double largest = 0;
    for (const torch::Tensor& parameter : network->parameters()) {
      if (!parameter.grad().defined()) continue;
      largest = std::max(largest, parameter.grad().abs().max().item<double>());
    }
    return largest;
  }
};

/// Images of noise; some rows of each carry one of `labels` after the other.
Batch noise(std::int64_t classes, const std::vector<std::int64_t>& labels, std::int64_t step,
            std::int64_t images = 4) {
  torch::manual_seed(11 + step);
  auto labels_bs = torch::full({images, kSide, kSide}, kNobody, torch::kUInt8);
  for (std::size_t n = 0; n < labels.size(); ++n) {
    const auto row = static_cast<std::int64_t>(3 * n + 4);
    labels_bs.select(1, row).slice(1, 3, 25).fill_(labels[n]);
  }
  Batch batch = batch_of(torch::randn({images, 1, kSide, kSide}), labels_bs, classes, step);
  batch.progress = 0.5 + 0.2 * static_cast<double>(step);  // what begins late has begun
  return batch;
}

void expect_finite(const LossTerms& terms) {
  for (const LossTerm& term : terms.terms) {
    EXPECT_TRUE(std::isfinite(term.value.item<double>())) << term.name;
  }
}

class EveryMethod : public ::testing::TestWithParam<std::string> {};

TEST_P(EveryMethod, LearnsOneClassAndSeveral) {
  for (const std::int64_t classes : {2, 4}) {
    Learning learning(GetParam(), classes);
    std::vector<std::int64_t> labels(static_cast<std::size_t>(classes));
    for (std::int64_t k = 0; k < classes; ++k) labels[static_cast<std::size_t>(k)] = k;
    for (std::int64_t step = 0; step < 3; ++step) {
      expect_finite(learning.step(noise(classes, labels, step)));
    }
    learning.expect_finite_gradient();
    EXPECT_GT(learning.gradient_size(), 0) << classes;
  }
}

TEST_P(EveryMethod, GoesOnWhereAClassHasNoStrokes) {
  Learning learning(GetParam(), 4);
  for (std::int64_t step = 0; step < 3; ++step) {
    expect_finite(learning.step(noise(4, {0, 2}, step)));
  }
  learning.expect_finite_gradient();
}

TEST_P(EveryMethod, LearnsNothingFromStrokesWhereThereAreNone) {
  Learning learning(GetParam(), 4);
  for (std::int64_t step = 0; step < 3; ++step) {
    const LossTerms terms = learning.step(noise(4, {}, step));
    expect_finite(terms);
    for (const LossTerm& term : terms.terms) {
      if (!term.name.ends_with("_ce") && !term.name.ends_with("_dice")) continue;
      if (term.name.starts_with("pseudo")) continue;  // of predictions
      EXPECT_EQ(term.value.item<double>(), 0) << term.name;
    }
  }
  learning.expect_finite_gradient();
}

TEST_P(EveryMethod, TakesABatchOfOneImage) {
  Learning learning(GetParam(), 3);
  expect_finite(learning.step(noise(3, {0, 1, 2}, 0, /*images=*/1)));
  learning.expect_finite_gradient();
}

TEST_P(EveryMethod, DrawsNothingButByTheStep) {
  std::vector<double> totals;
  for (const std::uint64_t generator_seed : {0, 1}) {
    Learning learning(GetParam(), 3);
    learning.network->eval();  // dropout of further decoders may draw from the generator
    const Batch batch = noise(3, {0, 1, 2}, /*step=*/5);
    totals.push_back(total_loss(learning.step(batch, generator_seed)).item<double>());
  }
  EXPECT_EQ(totals[0], totals[1]);
}

INSTANTIATE_TEST_SUITE_P(Methods, EveryMethod, ::testing::ValuesIn(method_names()),
                         [](const auto& method) { return method.param; });

}  // namespace
}  // namespace medcl
