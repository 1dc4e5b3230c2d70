// SPDX-License-Identifier: Apache-2.0
// A 3 x 3 convolution in bfloat16, direct and by Winograd: forward, and the gradients of image and
// kernel, on all cores. Arguments: channels in, channels out, side of the image; two images.
#include <benchmark/benchmark.h>

#include "medcl/core/threads.h"
#include "medcl/model/fast/winograd.h"

namespace medcl {
namespace {

enum class By { kDirect, kWinograd };

template <By kBy>
void convolution(benchmark::State& state, bool image_gradient, bool kernel_gradient) {
  at::set_num_threads(threads_or_all(0));
  const std::int64_t in = state.range(0), out = state.range(1), side = state.range(2), batch = 2;
  const auto image = [&](std::int64_t channels) {
    return torch::randn({batch, channels, side, side}, torch::kBFloat16)
        .contiguous(torch::MemoryFormat::ChannelsLast);
  };
  torch::Tensor x = image(in).set_requires_grad(image_gradient);
  torch::Tensor weight = torch::randn({out, in, 3, 3})
                             .contiguous(torch::MemoryFormat::ChannelsLast)
                             .set_requires_grad(kernel_gradient);
  if (kBy == By::kWinograd && !fast::can_winograd(x, weight)) {
    state.SkipWithError("not on this processor");
    return;
  }
  const torch::Tensor dy = image(out);
  const auto convolve = [&] {
    return kBy == By::kWinograd
               ? fast::winograd_conv(x, weight, {}, 1)
               : torch::conv2d(x, weight.to(torch::kBFloat16), {}, 1, /*padding=*/1);
  };
  const bool is_backward = image_gradient || kernel_gradient;
  const torch::Tensor y = is_backward ? convolve() : torch::Tensor();
  for (auto _ : state) {
    if (is_backward) {
      if (image_gradient) x.mutable_grad().reset();
      if (kernel_gradient) weight.mutable_grad().reset();
      y.backward(dy, /*retain_graph=*/true);
    } else {
      benchmark::DoNotOptimize(convolve());
    }
  }
  state.counters["GFLOP/s"] =
      benchmark::Counter(18e-9 * static_cast<double>(batch * in * out * side * side),
                         benchmark::Counter::kIsIterationInvariantRate);
}

template <By kBy>
void Forward(benchmark::State& state) {
  convolution<kBy>(state, false, false);
}
template <By kBy>
void ImageGradient(benchmark::State& state) {
  convolution<kBy>(state, true, false);
}
template <By kBy>
void KernelGradient(benchmark::State& state) {
  convolution<kBy>(state, false, true);
}

void shapes(benchmark::internal::Benchmark* run) {
  run->Unit(benchmark::kMillisecond)->UseRealTime();
  for (const auto& [in, out, side] : {std::tuple{32, 32, 256},
                                      {64, 64, 256},
                                      {128, 64, 256},
                                      {128, 128, 128},
                                      {256, 128, 128},
                                      {256, 256, 64},
                                      {512, 512, 32},
                                      {1024, 1024, 16},
                                      {256, 256, 16},
                                      {64, 64, 64}}) {
    run->Args({in, out, side});
  }
}

BENCHMARK_TEMPLATE(Forward, By::kDirect)->Apply(shapes);
BENCHMARK_TEMPLATE(Forward, By::kWinograd)->Apply(shapes);
BENCHMARK_TEMPLATE(ImageGradient, By::kDirect)->Apply(shapes);
BENCHMARK_TEMPLATE(ImageGradient, By::kWinograd)->Apply(shapes);
BENCHMARK_TEMPLATE(KernelGradient, By::kDirect)->Apply(shapes);
BENCHMARK_TEMPLATE(KernelGradient, By::kWinograd)->Apply(shapes);

}  // namespace
}  // namespace medcl
