// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "medcl/core/error.h"
#include "medcl/core/test_paths.h"
#include "medcl/format/json.h"
#include "medcl/model/networks.h"
#include "medcl/model/plain/plain_options.h"
#include "medcl/model/state.h"

namespace medcl {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

double largest_difference(const torch::Tensor& a, const torch::Tensor& b) {
  TORCH_CHECK(a.sizes() == b.sizes(), a.sizes(), " is not ", b.sizes());
  return (a - b).abs().max().item<double>();
}

NetworkOptions settled(std::vector<std::string> settings, std::int64_t crop_size) {
  NetworkOptions options("plainconvunet", settings);
  options.settle({.crop_size = crop_size});
  return options;
}

plain::PlainConvUnetShape shape_from(const Json& config) {
  const auto lists = [&](const char* name) {
    return config.at(name).get<std::vector<nnunet::PerAxis>>();
  };
  const auto numbers = [&](const char* name) {
    return config.at(name).get<std::vector<std::int64_t>>();
  };
  return {.topology = {.strides = lists("strides"), .kernels = lists("kernel_sizes")},
          .features = numbers("features_per_stage"),
          .encoder_convolutions = numbers("n_conv_per_stage"),
          .decoder_convolutions = numbers("n_conv_per_stage_decoder")};
}

class PlainConvUnetReference : public ::testing::TestWithParam<std::string> {};

TEST_P(PlainConvUnetReference, HasTheWeightsAndTheOutputsOfNnunetsNetwork) {
  const auto folder = fixtures_folder();
  if (!folder) GTEST_SKIP() << "no fixtures";
  const auto path = *folder / "transformers3d";
  const auto weights =
      SafetensorsFile::open(path / ("plainconvunet" + GetParam() + ".weights.safetensors"));
  const auto io =
      to_tensors(SafetensorsFile::open(path / ("plainconvunet" + GetParam() + ".io.safetensors")));
  const Json config = parse_json(weights.metadata().at("config"), "config");
  plain::PlainConvUnet network(shape_from(config),
                               {.channels = config.at("input_channels").get<std::int64_t>(),
                                .classes = config.at("num_classes").get<std::int64_t>(),
                                .wish = {.deep_supervision = true}});
  load_state(network, to_tensors(weights), "weights");  // names no other, misses none
  network.eval();
  const torch::NoGradGuard no_grad;
  const auto image = (io.at("input_u8").to(torch::kFloat32) - 128) / 32;
  const NetworkOutput found = network.forward(image);
  EXPECT_LT(largest_difference(found.logits_bks, io.at("output.0")), 5e-5);
  ASSERT_EQ(found.coarse_bks.size() + 2, io.size());
  for (std::size_t n = 0; n < found.coarse_bks.size(); ++n) {
    EXPECT_LT(largest_difference(found.coarse_bks[n], io.at("output." + std::to_string(n + 1))),
              5e-5);
  }
  EXPECT_EQ(network.traits().axes, image.dim() - 2);
}

INSTANTIATE_TEST_SUITE_P(Axes, PlainConvUnetReference, ::testing::Values("2d", "3d"),
                         [](const auto& axes) { return "Of" + axes.param; });

TEST(PlainConvUnet, IsAsDeepAsTheRuleSaysForTheCrop) {
  const auto strides = [](std::int64_t crop_size) {
    return settled({}, crop_size).own.as<plain::PlainOptions>().strides;
  };
  EXPECT_THAT(strides(32), ElementsAre("1x1", "2x2", "2x2", "2x2"));
  EXPECT_EQ(strides(128).size(), 6U);
  EXPECT_EQ(strides(160).size(), 6U);
  EXPECT_EQ(strides(512).size(), 8U);
  EXPECT_EQ(strides(144).size(), 5U) << "144 is no multiple of 32";
  EXPECT_EQ(settled({}, 160).traits().multiple, (Extent{1, 32, 32}));
  EXPECT_EQ(settled({}, 160).traits().tile, (Extent{0, 160, 160}));
}

TEST(PlainConvUnet, StaysAsItIsWhenItIsSettledAgain) {
  NetworkOptions options = settled({}, 128);
  const auto once = options.own.as<plain::PlainOptions>();
  options.settle({.crop_size = 128});
  const auto& twice = options.own.as<plain::PlainOptions>();
  EXPECT_EQ(once.strides, twice.strides);
  EXPECT_EQ(once.kernels, twice.kernels);
  EXPECT_EQ(once.tile, twice.tile);
}

std::string refusal_of(const std::vector<std::string>& settings, std::int64_t crop_size = 64) {
  try {
    (void)settled(settings, crop_size);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUsage);
    return error.what();
  }
  return "";
}

TEST(PlainConvUnet, RefusesStagesThatAreNone) {
  EXPECT_EQ(refusal_of({"network.strides=1x1,2x2,2x1"}), "");
  EXPECT_THAT(refusal_of({"network.strides=1x1,2"}), HasSubstr("'2'"));
  EXPECT_THAT(refusal_of({"network.strides=1x1,2x2x2"}), HasSubstr("y and x"));
  EXPECT_THAT(refusal_of({"network.strides=1x1,0x2"}), HasSubstr("network.strides"));
  EXPECT_THAT(refusal_of({"network.strides=2x2,2x2"}), HasSubstr("1x1 for the first"));
  EXPECT_THAT(refusal_of({"network.strides=1x1"}), HasSubstr("2 to 12 stages"));
  EXPECT_THAT(refusal_of({"network.kernels=3x3"}), HasSubstr("one for each of 5"));
  EXPECT_THAT(refusal_of({"network.strides=1x1,2x2", "network.kernels=3x3,2x3"}), HasSubstr("odd"));
  EXPECT_THAT(refusal_of({"network.strides=1x1,8x8,8x8"}, 96), HasSubstr("crop.size"));
}

TEST(PlainConvUnet, GrantsEveryWishAndIsTheSameNetworkWithout) {
  const NetworkOptions options = settled({"network.width=2", "network.max_width=6"}, 32);
  const NetworkWish wish{.extra_outputs = 1,
                         .further_decoders = 2,
                         .further_dropout = 0.5,
                         .deep_supervision = true,
                         .features = true,
                         .deepest_features = true};
  const auto network = make_network(options, {2, 3, wish}, 7);
  const auto output = network->forward(torch::randn({2, 2, 32, 48}));
  EXPECT_EQ(output.logits_bks.sizes(), (std::vector<std::int64_t>{2, 4, 32, 48}));
  ASSERT_EQ(output.coarse_bks.size(), 2U);
  EXPECT_EQ(output.coarse_bks[0].sizes(), (std::vector<std::int64_t>{2, 3, 16, 24}));
  EXPECT_EQ(output.coarse_bks[1].sizes(), (std::vector<std::int64_t>{2, 3, 8, 12}));
  ASSERT_EQ(output.further_bks.size(), 2U);
  EXPECT_EQ(output.further_bks[1].sizes(), (std::vector<std::int64_t>{2, 3, 32, 48}));
  EXPECT_EQ(output.features_bcs.sizes(), (std::vector<std::int64_t>{2, 2, 32, 48}));
  EXPECT_EQ(output.deepest_bcs.sizes(), (std::vector<std::int64_t>{2, 6, 4, 6}));
  auto total = output.logits_bks.square().sum() + output.features_bcs.sum();
  for (const auto* list : {&output.coarse_bks, &output.further_bks}) {
    for (const auto& logits : *list) total = total + logits.square().sum();
  }
  total.backward();
  for (const auto& entry : network->named_parameters()) {
    EXPECT_TRUE(entry.value().grad().defined()) << entry.key();
  }
  // A model is filled with the first outputs of what was trained.
  const auto plain_network = make_network(options, {2, 3}, 8);
  EXPECT_NO_THROW(
      load_state(*plain_network, first_outputs(state_of(*network), *plain_network), "test"));
  plain_network->eval();
  network->eval();
  const auto image = torch::randn({1, 2, 16, 16});
  EXPECT_TRUE(torch::allclose(plain_network->forward(image).logits_bks,
                              network->forward(image).logits_bks.narrow(1, 0, 3), 1e-4, 1e-5));
}

TEST(PlainConvUnet, SeesEachImageByItselfWhateverItsContrast) {
  const torch::NoGradGuard no_grad;
  const auto network = make_network(settled({"network.width=4"}, 32), {1, 3}, 3);
  const auto image = torch::randn({2, 1, 32, 32});
  const auto logits = network->forward(image).logits_bks;
  const auto second = network->forward(image.narrow(0, 1, 1)).logits_bks;
  EXPECT_LT(largest_difference(logits.narrow(0, 1, 1), second), 1e-4);
  EXPECT_LT(largest_difference(network->forward(3 * image).logits_bks, logits), 1e-3);
}

/// Logits and the gradient of all weights.
std::pair<torch::Tensor, torch::Tensor> learned_in(torch::ScalarType type, Network& network,
                                                   const torch::Tensor& image) {
  network.set_compute_type(type);
  network.zero_grad();
  const auto logits = network.forward(image).logits_bks;
  EXPECT_EQ(logits.scalar_type(), torch::kFloat32);
  (logits.log_softmax(1).select(1, 0) * image.select(1, 0)).mean().backward();
  std::vector<torch::Tensor> gradients;
  for (const auto& one : network.parameters()) gradients.push_back(one.grad().flatten().clone());
  return {logits.detach(), torch::cat(gradients)};
}

TEST(PlainConvUnet, LearnsInBf16NearlyTheSame) {
  torch::manual_seed(1);
  const auto network = make_network(settled({"network.width=8"}, 32), {1, 3}, 3);
  const auto image = torch::randn({2, 1, 32, 32});
  const auto [logits, gradient] = learned_in(torch::kFloat32, *network, image);
  const auto [rounded, rounded_gradient] = learned_in(torch::kBFloat16, *network, image);
  EXPECT_LT((rounded - logits).norm().item<double>(), 0.05 * logits.norm().item<double>());
  const auto alike = torch::cosine_similarity(gradient, rounded_gradient, 0).item<double>();
  EXPECT_GT(alike, 0.9) << "random weights and maps of 4 x 4 magnify what is rounded";
}

TEST(PlainConvUnet, BeginsWithTheWeightsOfNnunet) {
  const auto network = make_network(settled({"network.width=32"}, 64), {1, 3}, 3);
  for (const auto& entry : network->named_parameters()) {
    const torch::Tensor& value = entry.value();
    if (entry.key().ends_with("bias")) {
      EXPECT_EQ(value.abs().max().item<double>(), 0) << entry.key();
    } else if (value.dim() == 1) {
      EXPECT_TRUE(value.eq(1).all().item<bool>()) << entry.key();
    } else if (value.numel() > 5000) {
      // Kaiming: of the second dimension, which of transposed convolutions is that of the outputs.
      const auto fan_in = static_cast<double>(value[0].numel());
      EXPECT_NEAR(value.std().item<double>() / std::sqrt(2 / (1.0001 * fan_in)), 1, 0.05)
          << entry.key();
    }
  }
}

TEST(PlainConvUnet, KnowsHowManyValuesItHas) {
  for (const std::int64_t channels : {1, 3}) {
    const NetworkOptions options = settled({"network.width=16", "network.max_width=100"}, 96);
    const NetworkEntry& entry = options.entry();
    std::uint64_t values = 0;
    const auto network = make_network(options, {.channels = channels, .classes = 4}, 1);
    for (const auto& one : network->parameters()) {
      values += static_cast<std::uint64_t>(one.numel());
    }
    EXPECT_LE(entry.least_values(options.own, channels), values);
    EXPECT_GE(entry.least_values(options.own, channels), values * 9 / 10);
    EXPECT_NEAR(entry.footprint(options.own, {.extent = {1, 96, 96}}).trained_values /
                    static_cast<double>(values),
                1, 0.03);
  }
}

/// Peaks of `medcl train --method nnunet2d --steps 3 --threads 2`, libtorch 1.13.
struct Measured {
  std::int64_t width, batch, size;
  Precision precision;
  double mib;
};

TEST(PlainConvUnet, TakesTheMemoryThatItsFootprintSays) {
  for (const Measured& one : {Measured{16, 4, 256, Precision::kFp32, 1417},
                              {16, 8, 256, Precision::kFp32, 1735},
                              {32, 4, 256, Precision::kFp32, 2060},
                              {16, 2, 128, Precision::kFp32, 482},
                              {32, 8, 128, Precision::kFp32, 1326},
                              {16, 8, 256, Precision::kBf16, 1536},
                              {32, 4, 256, Precision::kBf16, 1781},
                              {32, 8, 128, Precision::kBf16, 1094}}) {
    const NetworkOptions options =
        settled({"network.width=" + std::to_string(one.width)}, one.size);
    const NetworkFootprint found = options.entry().footprint(
        options.own, {.extent = {1, one.size, one.size}, .precision = one.precision});
    // 250 MB of the program; weight, gradient, two moments, average and a copy of each value.
    const double planned = 250e6 + 24 * found.trained_values + found.fixed +
                           static_cast<double>(one.batch) * found.per_pass;
    EXPECT_NEAR(planned / (1 << 20) / one.mib, 1, 0.2) << one.width << " " << one.size;
  }
}

}  // namespace
}  // namespace medcl
