// SPDX-License-Identifier: Apache-2.0
#include "medcl/pretraining/encoder_speed.h"

#include "medcl/core/error.h"
#include "medcl/core/threads.h"
#include "medcl/engine/stopwatch.h"
#include "medcl/model/initialise.h"
#include "medcl/model/libtorch_state.h"
#include "medcl/model/network.h"
#include "medcl/model/sam/image_encoder.h"

namespace medcl {
namespace {

sam::ImageEncoderOptions encoder_options(const std::string& model) {
  if (model == "vit_b") return sam::vit_b();
  if (model == "vit_l") return sam::vit_l();
  if (model == "vit_h") return sam::vit_h();
  fail(ErrorCode::kUsage, {.what = "unknown encoder",
                           .where = "--model",
                           .expected = "vit_b, vit_l or vit_h",
                           .found = model});
}

torch::Device device_of(const std::string& name) {
  const torch::Device device(name);
  if (device.is_cuda() && !torch::cuda::is_available()) {
    fail(ErrorCode::kUsage, {.what = "this libtorch has no CUDA device",
                             .where = "--device",
                             .expected = "cpu",
                             .found = name});
  }
  return device;
}

}  // namespace

EncoderSpeedReport measure_encoding(const EncoderSpeedOptions& options) {
  const torch::Device device = device_of(options.device);
  const LibtorchThreads libtorch(threads_or_all(options.threads));
  const SeededGenerators generators(0, device);
  const DeterministicCudnn deterministic;
  const auto type = type_of(options.precision);
  const torch::NoGradGuard no_grad;
  sam::ImageEncoder encoder(encoder_options(options.model));
  initialise_weights(*encoder, /*seed=*/1);
  encoder->to(device, type);
  encoder->eval();
  const auto image_bchw =
      torch::randn({options.batch, 3, options.size, options.size}).to(device, type);
  const Timing timing =
      median_timing(options.steps, device, [&] { (void)encoder->forward(image_bchw); });
  const auto images = static_cast<double>(options.batch);
  return {at::get_num_threads(), timing.seconds / images, timing.cpu_seconds / images,
          peak_mib(device)};
}

}  // namespace medcl
