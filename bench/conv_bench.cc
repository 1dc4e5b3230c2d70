// SPDX-License-Identifier: Apache-2.0
// A 3 x 3 convolution, libtorch's, on matrix units and by every way of Winograd that this processor
// has: its result, and the gradients of image and kernel, on all cores. Names: type of the image /
// pass / way / channels in, channels out, side of the image; two images. ONEDNN_MAX_CPU_ISA=AVX2
// shows an older processor.
#include <benchmark/benchmark.h>

#include <string>

#include "medcl/core/threads.h"
#include "medcl/kernels/amx_passes.h"
#include "medcl/kernels/winograd_passes.h"

namespace medcl {
namespace {

using fast::Pass;
using fast::Shape;
using fast::winograd::Kind;
using fast::winograd::Way;

struct Layer {
  std::int64_t in, out, side;
  bool up = false;
};

constexpr std::int64_t kImages = 2;
constexpr Layer kLayers[] = {{16, 16, 256},        {32, 16, 256},       {32, 32, 256},
                             {64, 64, 256},        {32, 32, 128},       {128, 64, 256},
                             {64, 64, 64},         {128, 128, 128},     {128, 128, 32},
                             {256, 256, 64},       {256, 256, 16},      {512, 512, 32},
                             {1024, 1024, 16},     {32, 16, 128, true}, {64, 32, 128, true},
                             {128, 64, 128, true}, {512, 256, 32, true}};
constexpr std::pair<Pass, const char*> kPasses[] = {{Pass::kResult, "result"},
                                                    {Pass::kImageGradient, "image gradient"},
                                                    {Pass::kKernelGradient, "kernel gradient"}};

struct Operands {
  Operands(const Layer& layer, torch::ScalarType type) {
    at::set_num_threads(threads_or_all(0));
    const auto image = [&](std::int64_t channels, std::int64_t side) {
      return torch::randn({kImages, channels, side, side}, type)
          .contiguous(torch::MemoryFormat::ChannelsLast);
    };
    x = image(layer.in, layer.side);
    dy = image(layer.out, layer.up ? 2 * layer.side : layer.side);
    weight =
        torch::randn({layer.out, layer.in, 3, 3}).contiguous(torch::MemoryFormat::ChannelsLast);
  }
  torch::Tensor x, dy, weight;
};

void count(benchmark::State& state, const Layer& layer) {
  const std::int64_t side = layer.up ? 2 * layer.side : layer.side;
  state.counters["GFLOP/s"] =
      benchmark::Counter(18e-9 * static_cast<double>(kImages * layer.in * layer.out * side * side),
                         benchmark::Counter::kIsIterationInvariantRate);
}

void direct(benchmark::State& state, const Layer& layer, torch::ScalarType type, Pass pass) {
  Operands operands(layer, type);
  operands.x.set_requires_grad(pass == Pass::kImageGradient);
  operands.weight.set_requires_grad(pass == Pass::kKernelGradient);
  const auto convolve = [&] {
    const torch::Tensor x =
        layer.up ? torch::upsample_nearest2d(
                       operands.x, std::vector<std::int64_t>{2 * layer.side, 2 * layer.side},
                       c10::nullopt, c10::nullopt)
                 : operands.x;
    return torch::conv2d(x, operands.weight.to(type), {}, 1, /*padding=*/1);
  };
  const torch::Tensor y = pass == Pass::kResult ? torch::Tensor() : convolve();
  for (auto _ : state) {
    if (pass == Pass::kResult) {
      benchmark::DoNotOptimize(convolve());
    } else {
      operands.x.mutable_grad().reset();
      operands.weight.mutable_grad().reset();
      y.backward(operands.dy, /*retain_graph=*/true);
    }
  }
  count(state, layer);
}

template <typename T>
void by_winograd(benchmark::State& state, const Layer& layer, torch::ScalarType type, Pass pass,
                 const Way<T>& way) {
  const Operands operands(layer, type);
  const Shape shape{layer.up, 1};
  for (auto _ : state) {
    if (pass == Pass::kResult) {
      benchmark::DoNotOptimize(convolve(operands.x, operands.weight, {}, shape, way));
    } else if (pass == Pass::kImageGradient) {
      benchmark::DoNotOptimize(image_gradient(operands.dy, operands.weight, shape, way));
    } else {
      benchmark::DoNotOptimize(
          kernel_gradients(operands.x, operands.dy, operands.weight, shape, way));
    }
  }
  count(state, layer);
}

void on_matrix_units(benchmark::State& state, const Layer& layer, Pass pass) {
  const Operands operands(layer, torch::kBFloat16);
  const Shape shape{layer.up, 1};
  for (auto _ : state) {
    if (pass == Pass::kResult) {
      benchmark::DoNotOptimize(fast::amx::convolve(operands.x, operands.weight, {}, shape));
    } else if (pass == Pass::kImageGradient) {
      benchmark::DoNotOptimize(fast::amx::image_gradient(operands.dy, operands.weight, shape));
    } else {
      benchmark::DoNotOptimize(
          fast::amx::kernel_gradients(operands.x, operands.dy, operands.weight, shape));
    }
  }
  count(state, layer);
}

const char* name_of(Kind kind) {
  return kind == Kind::kTwoByFour ? "2 x 4" : kind == Kind::kFour ? "4 x 4" : "up";
}

template <typename T>
void add_benchmarks(torch::ScalarType type, const std::string& type_name) {
  for (const Layer& layer : kLayers) {
    const std::string layer_name = std::to_string(layer.in) + ',' + std::to_string(layer.out) +
                                   ',' + std::to_string(layer.side) + (layer.up ? " up" : "");
    for (const auto& [pass, pass_name] : kPasses) {
      const auto add = [&](const std::string& way_name, const auto& run) {
        const std::string name = type_name + '/' + pass_name + '/' + layer_name + '/' + way_name;
        benchmark::RegisterBenchmark(name.c_str(), run)
            ->Unit(benchmark::kMillisecond)
            ->UseRealTime();
      };
      add("direct", [=](benchmark::State& state) { direct(state, layer, type, pass); });
      if (type == torch::kBFloat16 && fast::amx::can_convolve(layer.in, layer.out)) {
        add("matrix units", [=](benchmark::State& state) { on_matrix_units(state, layer, pass); });
      }
      for (const Way<T>& way : fast::winograd::ways<T>(pass, {layer.up, 1}, layer.in, layer.out)) {
        add(std::string(name_of(way.kind)) + ' ' + way.loops.name,
            [=](benchmark::State& state) { by_winograd(state, layer, type, pass, way); });
      }
    }
  }
}

const bool kAdded = [] {
  add_benchmarks<float>(torch::kFloat32, "float32");
  add_benchmarks<fast::BFloat16>(torch::kBFloat16, "bfloat16");
  return true;
}();

}  // namespace
}  // namespace medcl
