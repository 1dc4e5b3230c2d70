// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "medcl/core/error.h"
#include "medcl/model/networks.h"

namespace medcl {
namespace {

std::shared_ptr<Network> network_of(const std::vector<std::string>& settings,
                                    const NetworkShape& shape = {.channels = 1, .classes = 3}) {
  return make_network({"resunet", settings}, shape, 7);
}

double largest_difference(const torch::Tensor& a, const torch::Tensor& b) {
  return (a - b).abs().max().item<double>();
}

TEST(Resunet, KeepsHeightAndWidthOfAnyMultiple) {
  const torch::NoGradGuard no_grad;
  for (const auto& [depth, multiple] : {std::pair{2, 2}, {4, 8}, {7, 64}}) {
    const NetworkOptions options("resunet",
                                 {"network.width=2", "network.depth=" + std::to_string(depth)});
    EXPECT_EQ(options.traits().multiple, (Extent{1, multiple, multiple}));
    const auto network = make_network(options, {.channels = 3, .classes = 5}, 1);
    const auto logits =
        network->forward(torch::randn({2, 3, 2 * multiple, 3 * multiple})).logits_bks;
    EXPECT_EQ(logits.sizes(), torch::IntArrayRef({2, 5, 2 * multiple, 3 * multiple}));
    EXPECT_EQ(logits.scalar_type(), torch::kFloat32);
  }
}

TEST(Resunet, SeesEachImageByItselfWhateverItsContrast) {
  const torch::NoGradGuard no_grad;
  for (const char* norm : {"instance", "group"}) {
    const auto network =
        network_of({"network.width=12", std::string("network.norm=") + norm, "network.depth=3"});
    const auto image = torch::randn({2, 1, 16, 24});
    const auto logits = network->forward(image).logits_bks;
    const auto second = network->forward(image.narrow(0, 1, 1)).logits_bks;
    EXPECT_LT(largest_difference(logits.narrow(0, 1, 1), second), 1e-4) << norm;
    EXPECT_LT(largest_difference(network->forward(3 * image).logits_bks, logits), 1e-3) << norm;
    network->eval();
    EXPECT_EQ(largest_difference(network->forward(image).logits_bks, logits), 0) << norm;
  }
}

TEST(Resunet, AllOfItLearns) {
  const auto network = network_of({"network.width=4", "network.depth=3"},
                                  {.channels = 2, .classes = 3, .wish = {.extra_outputs = 1}});
  const auto logits = network->forward(torch::randn({2, 2, 16, 16})).logits_bks;
  EXPECT_EQ(logits.size(1), 4);
  logits.square().sum().backward();
  for (const auto& entry : network->named_parameters()) {
    ASSERT_TRUE(entry.value().grad().defined()) << entry.key();
    EXPECT_GT(entry.value().grad().abs().sum().item<double>(), 0) << entry.key();
  }
  EXPECT_THROW(network_of({}, {.wish = {.features = true}}), Error);
}

TEST(Resunet, KnowsHowManyValuesItHas) {
  for (const char* depth : {"2", "5"}) {
    const NetworkOptions options("resunet",
                                 {"network.width=16", std::string("network.depth=") + depth});
    const NetworkEntry& entry = options.entry();
    std::uint64_t values = 0;
    for (const auto& one : make_network(options, {.channels = 1, .classes = 4}, 1)->parameters()) {
      values += static_cast<std::uint64_t>(one.numel());
    }
    EXPECT_LE(entry.least_values(options.own, 1), values);
    EXPECT_GE(entry.least_values(options.own, 1), values / 5);
    EXPECT_NEAR(entry.footprint(options.own, {}).trained_values / static_cast<double>(values), 1,
                0.03);
  }
}

/// Peaks of `medcl train --network resunet --method pce --steps 3 --threads 2`, libtorch 1.13.
struct Measured {
  std::int64_t width, depth, batch, size;
  Precision precision;
  double mib;
};

TEST(Resunet, TakesTheMemoryThatItsFootprintSays) {
  for (const Measured& one : {Measured{16, 5, 8, 256, Precision::kFp32, 1809},
                              {16, 5, 4, 256, Precision::kFp32, 1255},
                              {16, 5, 2, 256, Precision::kFp32, 859},
                              {32, 5, 4, 256, Precision::kFp32, 1895},
                              {16, 3, 4, 256, Precision::kFp32, 1212},
                              {32, 4, 4, 128, Precision::kFp32, 758},
                              {16, 5, 2, 128, Precision::kFp32, 370},
                              {16, 5, 8, 256, Precision::kBf16, 1340},
                              {16, 5, 4, 256, Precision::kBf16, 875}}) {
    const NetworkOptions options("resunet", {"network.width=" + std::to_string(one.width),
                                             "network.depth=" + std::to_string(one.depth)});
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
