// SPDX-License-Identifier: Apache-2.0
#include "medcl/model/unet/unet.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "medcl/core/error.h"
#include "medcl/core/test_paths.h"
#include "medcl/model/networks.h"
#include "medcl/model/state.h"
#include "medcl/model/unet/unet_valid.h"

namespace medcl {
namespace {

double largest_difference(const torch::Tensor& a, const torch::Tensor& b) {
  return (a - b).abs().max().item<double>();
}

TEST(UnetValid, MatchesThePublishedNetwork) {
  const auto folder = fixtures_folder();
  if (!folder) GTEST_SKIP() << "no fixtures";
  const auto path = *folder / "unet_medcl_official";
  const auto weights = to_tensors(SafetensorsFile::open(path / "unet.weights.safetensors"));
  const auto io = to_tensors(SafetensorsFile::open(path / "unet.io.safetensors"));
  const std::int64_t width = weights.at("Conv1.conv.0.weight").size(0);
  const std::int64_t channels = weights.at("Conv1.conv.0.weight").size(1);
  const std::int64_t classes = weights.at("Conv_seg.weight").size(0);
  unet::UnetValid network(channels, classes, width, 0.5);
  load_state(network, weights, "unet.weights.safetensors");
  network.eval();
  const torch::NoGradGuard no_grad;

  EXPECT_EQ(network.traits().fixed.x, io.at("input").size(2));
  const torch::Tensor expected = io.at("softmax");
  EXPECT_LT(largest_difference(network.forward(io.at("input")).logits_bks.softmax(1), expected),
            2e-5);

  const auto [logits, anatomy] = network.forward_heads(io.at("input"));
  EXPECT_LT(largest_difference(logits.softmax(1), expected), 2e-5);
  const torch::Tensor crop = io.at("debug.norm_anatomy_crop");
  EXPECT_LT(
      largest_difference(anatomy.narrow(2, 96, crop.size(2)).narrow(3, 96, crop.size(3)), crop),
      1e-4);
}

TEST(UnetValid, StateHasExactlyThePublishedNames) {
  const auto folder = fixtures_folder();
  if (!folder) GTEST_SKIP() << "no fixtures";
  const auto weights = to_tensors(
      SafetensorsFile::open(*folder / "unet_medcl_official" / "unet.weights.safetensors"));
  const auto state = state_of(*make_network({"unet_valid", {"network.width=4"}}, {1, 4}, 1));
  for (const auto& [name, tensor] : weights) {
    ASSERT_TRUE(state.count(name)) << name;
    EXPECT_EQ(state.at(name).sizes(), tensor.sizes()) << name;
    EXPECT_EQ(state.at(name).scalar_type(), tensor.scalar_type()) << name;
  }
  EXPECT_EQ(state.size(), weights.size());
}

TEST(Unet, GrantsEveryWishAndIsTheSameNetworkWithout) {
  const NetworkOptions options("unet", {"network.width=2", "network.dropout=0"});
  const NetworkWish wish{.extra_outputs = 1,
                         .further_decoders = 2,
                         .deep_supervision = true,
                         .features = true,
                         .deepest_features = true};
  const auto network = make_network(options, {2, 3, wish}, 7);
  const auto output = network->forward(torch::randn({2, 2, 32, 48}));
  EXPECT_EQ(output.logits_bks.sizes(), (std::vector<std::int64_t>{2, 4, 32, 48}));
  ASSERT_EQ(output.coarse_bks.size(), 3U);
  for (std::int64_t k = 0; k < 3; ++k) {
    const std::vector<std::int64_t> half{2, 3, 16 >> k, 24 >> k};
    EXPECT_EQ(output.coarse_bks[static_cast<std::size_t>(k)].sizes(), half);
  }
  ASSERT_EQ(output.further_bks.size(), 2U);
  EXPECT_EQ(output.further_bks[1].sizes(), (std::vector<std::int64_t>{2, 3, 32, 48}));
  EXPECT_EQ(output.features_bcs.sizes(), (std::vector<std::int64_t>{2, 2, 32, 48}));
  EXPECT_EQ(output.deepest_bcs.sizes(), (std::vector<std::int64_t>{2, 32, 2, 3}));
  auto total = output.logits_bks.sum() + output.features_bcs.sum();
  for (const auto* list : {&output.coarse_bks, &output.further_bks}) {
    for (const auto& logits : *list) total = total + logits.square().sum();
  }
  total.backward();
  for (const auto& entry : network->named_parameters()) {
    EXPECT_TRUE(entry.value().grad().defined()) << entry.key();
  }
  // A model is filled with the first outputs of what was trained.
  const auto plain = make_network(options, {2, 3}, 8);
  EXPECT_NO_THROW(load_state(*plain, first_outputs(state_of(*network), *plain), "test"));
  plain->eval();
  network->eval();
  const auto image = torch::randn({1, 2, 16, 16});
  EXPECT_TRUE(torch::allclose(plain->forward(image).logits_bks,
                              network->forward(image).logits_bks.narrow(1, 0, 3), 1e-4, 1e-5));
}

TEST(Unet, FusedDecodersDoNotWriteIntoEachOthersInputs) {
  const NetworkShape shape{1, 3, {.further_decoders = 1}};
  const NetworkOptions options("unet", {"network.width=4", "network.dropout=0"});
  torch::manual_seed(8);
  const auto image = torch::randn({4, 1, 64, 64});
  const auto weight = torch::rand({4, 3, 64, 64});
  const auto gradients = [&](bool fused) {
    const auto network = make_network(options, shape, 5);
    network->set_fused(fused);
    const auto output = network->forward(image);
    const auto both = output.logits_bks.log_softmax(1) + output.further_bks[0].log_softmax(1);
    (both * weight).mean().backward();
    NamedTensors found;
    for (const auto& entry : network->named_parameters()) {
      found[entry.key()] = entry.value().grad();
    }
    return found;
  };
  const NamedTensors plain = gradients(false);
  for (const auto& [name, fused] : gradients(true)) {
    const double scale = plain.at(name).abs().max().item<double>();
    if (scale < 1e-6) continue;  // a bias before a normalisation
    // Normalisation of few values makes much of rounding; another's input would change everything.
    EXPECT_LT(largest_difference(fused, plain.at(name)) / scale, 0.1) << name;
  }
}

TEST(Unet, FurtherDecodersMissChannelsInTrainingAlone) {
  const NetworkShape shape{1, 3, {.further_decoders = 1, .further_dropout = 0.5}};
  const auto network = make_network({"unet", {"network.width=4", "network.dropout=0"}}, shape, 5);
  const auto image = torch::randn({2, 1, 32, 32});
  const torch::NoGradGuard no_grad;
  const auto one = network->forward(image), other = network->forward(image);
  EXPECT_EQ(largest_difference(one.logits_bks, other.logits_bks), 0);
  EXPECT_GT(largest_difference(one.further_bks[0], other.further_bks[0]), 1e-3);
  network->eval();
  EXPECT_EQ(largest_difference(network->forward(image).further_bks[0],
                               network->forward(image).further_bks[0]),
            0);
}

TEST(Unet, OtherNetworksRefuseWhatTheyCannotGive) {
  NetworkWish wish{.deep_supervision = true};
  EXPECT_THROW(make_network({"unet_valid", {"network.width=2"}}, {1, 2, wish}, 1), Error);
}

TEST(Unet, KeepsHeightAndWidth) {
  const auto network = make_network({"unet", {"network.width=2"}}, {3, 5}, 7);
  network->eval();
  const torch::NoGradGuard no_grad;
  for (const auto& [height, width] : {std::pair{16, 16}, {32, 80}, {112, 48}}) {
    const auto logits = network->forward(torch::randn({2, 3, height, width})).logits_bks;
    EXPECT_EQ(logits.sizes(), torch::IntArrayRef({2, 5, height, width}));
    EXPECT_EQ(logits.scalar_type(), torch::kFloat32);
  }
}

TEST(Unet, MovesWithItsInput) {
  const auto network = make_network({"unet", {"network.width=2"}}, {1, 3}, 11);
  network->eval();
  const torch::NoGradGuard no_grad;
  torch::Tensor image = torch::zeros({1, 1, 320, 320});
  image.narrow(2, 144, 16).narrow(3, 144, 16).normal_();
  const auto at_centre = network->forward(image).logits_bks;
  const auto moved = network->forward(image.roll({16, -16}, {2, 3})).logits_bks;
  const auto inner = [](const torch::Tensor& x) { return x.narrow(2, 128, 64).narrow(3, 128, 64); };
  EXPECT_LT(largest_difference(inner(at_centre), inner(moved.roll({-16, 16}, {2, 3}))), 1e-5);
}

TEST(Unet, DropoutActsOnlyInTraining) {
  const auto network =
      make_network({"unet", {"network.width=4", "network.dropout=1.0"}}, {1, 3}, 5);
  const auto image = torch::randn({2, 1, 32, 32});
  const torch::NoGradGuard no_grad;
  EXPECT_GT(
      largest_difference(network->forward(image).logits_bks, network->forward(image).logits_bks),
      1e-3);
  network->eval();
  EXPECT_EQ(
      largest_difference(network->forward(image).logits_bks, network->forward(image).logits_bks),
      0.0);
  const auto dry = make_network({"unet", {"network.width=4", "network.dropout=0.0"}}, {1, 3}, 5);
  EXPECT_EQ(largest_difference(dry->forward(image).logits_bks, dry->forward(image).logits_bks),
            0.0);
}

/// Gradients of a training step by parameter, after `adjust` has set the network up.
NamedTensors training_gradients(const std::function<void(Network&)>& adjust) {
  const auto network =
      make_network({"unet", {"network.width=4", "network.dropout=0.0"}}, {1, 3}, 5);
  adjust(*network);
  torch::manual_seed(8);
  const auto image = torch::randn({4, 1, 64, 64});
  const auto weight = torch::rand({4, 3, 64, 64});
  const auto type = network->parameters().front().scalar_type();
  (network->forward(image.to(type)).logits_bks.log_softmax(1) * weight.to(type)).mean().backward();
  NamedTensors gradients;
  for (const auto& entry : network->named_parameters())
    gradients[entry.key()] = entry.value().grad();
  return gradients;
}

TEST(Unet, FusedTrainingIsAsExactAsLibtorchsOperations) {
  const auto exact = training_gradients([](Network& network) {
    network.to(torch::kFloat64);
    network.set_compute_type(torch::kFloat64);
  });
  const auto fused = training_gradients([](Network& network) { network.set_fused(true); });
  const auto plain = training_gradients([](Network& network) { network.set_fused(false); });
  double fused_error = 0, plain_error = 0;
  for (const auto& [name, expected] : exact) {
    const double scale = expected.abs().max().item<double>();
    if (scale < 1e-8) continue;  // a bias before a normalisation
    fused_error = std::max(fused_error, largest_difference(fused.at(name), expected) / scale);
    plain_error = std::max(plain_error, largest_difference(plain.at(name), expected) / scale);
  }
  EXPECT_LT(fused_error, 2 * plain_error + 1e-4) << "libtorch's own error is " << plain_error;
}

TEST(Unet, PredictionFoldsNormalisationIntoConvolutionsWithoutChangingTheResult) {
  for (const char* name : {"unet", "unet_valid"}) {
    const auto network = make_network({name, {"network.width=4"}}, {1, 3}, 5);
    const std::int64_t side = network->traits().fixed.x != 0 ? network->traits().fixed.x : 64;
    const auto image = torch::randn({2, 1, side, side});
    (void)network->forward(image);  // running statistics that differ from 0 and 1
    network->eval();
    const auto separate = network->forward(image).logits_bks;
    const torch::NoGradGuard no_grad;
    EXPECT_LT(largest_difference(network->forward(image).logits_bks, separate.detach()), 1e-4)
        << name;
  }
}

class ComputeType : public testing::TestWithParam<const char*> {};

TEST_P(ComputeType, Bfloat16StaysCloseAndLeavesFloat32Gradients) {
  const auto network =
      make_network({GetParam(), {"network.width=4", "network.dropout=0.0"}}, {1, 3}, 5);
  const std::int64_t side = network->traits().fixed.x != 0 ? network->traits().fixed.x : 64;
  const auto image = torch::randn({2, 1, side, side});
  network->eval();  // in training, statistics of few pixels would amplify every rounding
  const auto exact = network->forward(image).logits_bks;
  network->set_compute_type(torch::kBFloat16);
  const auto coarse = network->forward(image).logits_bks;
  ASSERT_EQ(coarse.scalar_type(), torch::kFloat32);
  const double scale = exact.abs().mean().item<double>();
  const double error = (exact - coarse).abs().mean().item<double>();
  EXPECT_LT(error, 0.04 * scale);
  EXPECT_GT(error, 0.0);

  network->train();
  network->forward(image).logits_bks.log_softmax(1).select(1, 0).mean().neg().backward();
  for (const auto& entry : network->named_parameters()) {
    if (entry.key().starts_with("Conv_anatomy")) continue;
    ASSERT_TRUE(entry.value().grad().defined()) << entry.key();
    EXPECT_EQ(entry.value().grad().scalar_type(), torch::kFloat32) << entry.key();
    EXPECT_TRUE(entry.value().grad().isfinite().all().item<bool>()) << entry.key();
  }
  for (const auto& entry : network->named_buffers()) {
    EXPECT_NE(entry.value().scalar_type(), torch::kBFloat16) << entry.key();
  }
}

INSTANTIATE_TEST_SUITE_P(Networks, ComputeType, testing::Values("unet", "unet_valid"));

TEST(Network, WeightsDependOnTheSeedOnly) {
  const auto first = state_of(*make_network({"unet", {"network.width=4"}}, {1, 4}, 1));
  torch::manual_seed(99);
  const auto before = torch::rand({4});
  torch::manual_seed(99);
  const auto again = state_of(*make_network({"unet", {"network.width=4"}}, {1, 4}, 1));
  EXPECT_TRUE(torch::equal(torch::rand({4}), before)) << "the global generator was used";
  const auto other = state_of(*make_network({"unet", {"network.width=4"}}, {1, 4}, 2));
  for (const auto& [name, tensor] : first)
    EXPECT_TRUE(torch::equal(tensor, again.at(name))) << name;
  EXPECT_FALSE(torch::equal(first.at("head.weight"), other.at("head.weight")));
}

TEST(Network, ActivationsKeepTheirScaleAtTheStart) {
  const auto state = state_of(*make_network({"unet", {"network.width=16"}}, {1, 4}, 3));
  const auto weight = state.at("down_4.conv.4.weight");
  const double expected =
      std::sqrt(2.0 / 1.0001 / static_cast<double>(weight.numel() / weight.size(0)));
  EXPECT_NEAR(weight.std().item<double>(), expected, 0.01 * expected);
  EXPECT_EQ(state.at("down_4.conv.4.bias").abs().max().item<double>(), 0.0);
  EXPECT_EQ(state.at("down_4.conv.5.weight").min().item<double>(), 1.0);
}

TEST(Network, RefusesAnUnknownNetwork) {
  try {
    make_network({"resnet"}, {1, 2}, 0);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUsage);
    EXPECT_NE(std::string(error.what()).find("resnet"), std::string::npos);
  }
}

}  // namespace
}  // namespace medcl
