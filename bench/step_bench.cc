// SPDX-License-Identifier: Apache-2.0
// The parts of a training step and of prediction, on one thread. Argument: width of the network.
#include <benchmark/benchmark.h>

#include "medcl/methods/medcl_method.h"
#include "medcl/model/network.h"

namespace medcl {
namespace {

constexpr std::int64_t kBatch = 4, kSide = 128, kClasses = 4;

Batch made_batch() {
  torch::manual_seed(1);
  Batch batch;
  batch.image_bchw = torch::randn({kBatch, 1, kSide, kSide});
  const auto labels = torch::randint(0, 20 * kClasses, {kBatch, 1, kSide, kSide});
  batch.target_bkhw =
      labels.eq(torch::arange(kClasses).view({1, kClasses, 1, 1})).to(torch::kFloat32);
  batch.present_bk = torch::ones({kBatch, kClasses});
  batch.box_b4 = torch::zeros({kBatch, 4});
  return batch;
}

std::shared_ptr<Network> network_of(const benchmark::State& state) {
  at::set_num_threads(1);
  const auto network = make_network({.width = state.range(0)}, 1, kClasses, 1);
  place_network(*network, torch::kCPU, "auto");
  return network;
}

void TrainingStep(benchmark::State& state) {
  const auto network = network_of(state);
  MedclMethod method({}, {.crop_size = kSide, .classes = kClasses, .seed = 1});
  const Batch batch = made_batch();
  for (auto _ : state) {
    network->zero_grad();
    total_loss(method.losses(*network, batch), method.weights()).backward();
  }
  state.SetItemsProcessed(state.iterations() * kBatch);
}
BENCHMARK(TrainingStep)->Arg(12)->Arg(16)->Arg(32)->Unit(benchmark::kMillisecond);

void Prediction(benchmark::State& state) {
  const auto network = network_of(state);
  network->eval();
  const torch::NoGradGuard no_grad;
  const Batch batch = made_batch();
  for (auto _ : state) {
    benchmark::DoNotOptimize(network->forward(batch.image_bchw));
  }
  state.SetItemsProcessed(state.iterations() * kBatch);
}
BENCHMARK(Prediction)->Arg(16)->Arg(64)->Unit(benchmark::kMillisecond);

/// The terms alone: the network is the identity.
class Identity : public Network {
 public:
  torch::Tensor forward(const torch::Tensor& image_bchw) override {
    return image_bchw.expand({-1, kClasses, -1, -1}).clone().requires_grad_();
  }
  void set_compute_type(torch::ScalarType /*type*/) override {}
};

void ObjectiveAlone(benchmark::State& state) {
  at::set_num_threads(1);
  Identity network;
  MedclMethod method({}, {.crop_size = kSide, .classes = kClasses, .seed = 1});
  const Batch batch = made_batch();
  for (auto _ : state) {
    total_loss(method.losses(network, batch), method.weights()).backward();
  }
  state.SetItemsProcessed(state.iterations() * kBatch);
}
BENCHMARK(ObjectiveAlone)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace medcl
