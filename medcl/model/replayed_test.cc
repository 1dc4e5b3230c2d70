// SPDX-License-Identifier: Apache-2.0
#include "medcl/model/replayed.h"

#include <gtest/gtest.h>

#include "medcl/core/error.h"
#include "medcl/kernels/dropout_key.h"
#include "medcl/model/libtorch_state.h"
#include "medcl/model/networks.h"

namespace medcl::fast::cuda {
namespace {

constexpr std::int64_t kChannels = 2, kClasses = 3, kSide = 64;

std::shared_ptr<Network> network_on(const torch::Device& device) {
  auto network =
      make_network({"unet", {"network.width=16", "network.dropout=0.5"}}, {kChannels, kClasses}, 1);
  place_network(*network, device, device.is_cuda() ? Precision::kBf16 : Precision::kFp32);
  network->train();
  return network;
}

/// What a network gives in a step: logits of two passes, then gradients and statistics. Biases that
/// a normalisation takes away again have no gradient.
std::vector<torch::Tensor> step_of(Network& passes, const Network& network,
                                   const torch::Device& device, std::int64_t step) {
  torch::manual_seed(static_cast<std::uint64_t>(100 + step));
  const auto image = torch::randn({2, kChannels, kSide, kSide}).to(device);
  const auto first = passes.forward(image).logits_bks,
             second = passes.forward(image.flip({0})).logits_bks;
  for (const auto& parameter : network.parameters()) parameter.mutable_grad().reset();
  (first.square().mean() + (first * second).sigmoid().mean()).backward();
  std::vector<torch::Tensor> all{first, second};
  for (const auto& parameter : network.parameters()) {
    if (parameter.grad().defined()) all.push_back(parameter.grad());
  }
  for (const auto& buffer : network.buffers()) all.push_back(buffer);
  const torch::NoGradGuard no_grad;
  for (auto& tensor : all) tensor = tensor.detach().to(torch::kCPU, torch::kFloat64, false, true);
  for (const auto& parameter : network.parameters()) {
    if (parameter.grad().defined()) parameter.sub_(parameter.grad(), 0.1);
  }
  return all;
}

TEST(DropoutKeys, OfRecordedWorkAreThoseDrawnAtOnce) {
  torch::manual_seed(5);
  const DropoutKey first = next_dropout_key(), second = next_dropout_key();
  torch::manual_seed(5);
  const torch::Tensor drawn = drawn_keys(2);
  EXPECT_EQ(static_cast<std::uint64_t>(drawn[0].item<std::int64_t>()), first.value);
  EXPECT_EQ(static_cast<std::uint64_t>(drawn[1].item<std::int64_t>()), second.value);
  EXPECT_EQ(first.on_gpu, nullptr);
}

TEST(DropoutKeys, WhileRecordedAreHandedOutInTurnAndNotDrawn) {
  const torch::Tensor places = torch::zeros({2}, torch::kInt64);
  torch::manual_seed(5);
  const DropoutKey before = next_dropout_key();
  torch::manual_seed(5);
  {
    RecordedKeys keys(places);
    EXPECT_EQ(next_dropout_key().on_gpu, places.data_ptr<std::int64_t>());
    EXPECT_EQ(next_dropout_key().on_gpu, places.data_ptr<std::int64_t>() + 1);
    EXPECT_EQ(keys.count(), 2);
    EXPECT_THROW((void)next_dropout_key(), Error);
  }
  EXPECT_EQ(RecordedKeys::current(), nullptr);
  EXPECT_EQ(next_dropout_key().value, before.value);
}

TEST(ReplayedNetwork, DoesAsTheNetworkDoesWhereNothingCanBeRecorded) {
  if (torch::cuda::is_available()) GTEST_SKIP() << "here it can";
  const auto plain = network_on(torch::kCPU), inner = network_on(torch::kCPU);
  Replayed replayed(inner);
  for (std::int64_t step = 0; step < 3; ++step) {
    replayed.start_step();
    const auto found = step_of(replayed, *inner, torch::kCPU, step);
    const auto wanted = step_of(*plain, *plain, torch::kCPU, step);
    ASSERT_EQ(found.size(), wanted.size());
    for (std::size_t i = 0; i < wanted.size(); ++i) EXPECT_TRUE(found[i].equal(wanted[i])) << i;
  }
}

TEST(GpuReplayedNetwork, ComputesAndDrawsBitByBitAsTheNetwork) {
  if (!torch::cuda::is_available() || !Graph::available()) GTEST_SKIP() << "needs a GPU and graphs";
  const DeterministicCudnn deterministic;
  const torch::Device gpu(torch::kCUDA);
  const auto plain = network_on(gpu), inner = network_on(gpu);
  Replayed replayed(inner);
  for (std::int64_t step = 0; step < 5; ++step) {
    replayed.start_step();
    const auto found = step_of(replayed, *inner, gpu, step);
    const auto wanted = step_of(*plain, *plain, gpu, step);
    ASSERT_EQ(found.size(), wanted.size());
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      EXPECT_TRUE(found[i].equal(wanted[i])) << "step " << step << ", tensor " << i;
    }
  }
}

}  // namespace
}  // namespace medcl::fast::cuda
