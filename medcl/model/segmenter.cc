// SPDX-License-Identifier: Apache-2.0
#include "medcl/model/segmenter.h"

#include "medcl/core/error.h"
#include "medcl/model/initialise.h"
#include "medcl/model/sam/backbone.h"
#include "medcl/model/unet/unet.h"
#include "medcl/model/unet/unet_valid.h"

namespace medcl {
namespace {

bool processor_has_bf16() {
#if defined(__x86_64__) && defined(__GNUC__)
  return __builtin_cpu_supports("avx512bf16") != 0;
#else
  return false;
#endif
}

}  // namespace

std::vector<std::string> network_names() { return {"unet", "unet_valid", "sam"}; }

void NetworkOptions::describe(OptionTable table) {
  OptionTable own = table.scope("network");
  own.add("backbone", backbone,
          "network: unet (same padding, sizes in multiples of 16), unet_valid (published code) or "
          "sam (options sam.*)",
          network_names());
  if (takes_prompts()) {
    sam.describe(table.scope("sam"));
    return;
  }
  own.add("width", width, "channels of the first level; doubles four times", 1, 512);
  own.add("dropout", dropout, "scale of the encoder dropout (.05 .1 .2 .3 .5 by level)", 0.0, 1.0);
}

std::shared_ptr<Segmenter> make_segmenter(const NetworkOptions& options, std::int64_t channels,
                                          std::int64_t classes, std::uint64_t seed) {
  std::shared_ptr<Segmenter> network;
  if (options.backbone == "sam") {
    return sam::make_backbone(options.sam, channels, classes, seed);
  }
  if (options.backbone == "unet") {
    network = std::make_shared<unet::Unet>(channels, classes, options.width, options.dropout);
  } else if (options.backbone == "unet_valid") {
    network = std::make_shared<unet::UnetValid>(channels, classes, options.width, options.dropout);
  } else {
    fail(ErrorCode::kUsage, {.what = "unknown backbone",
                             .where = "network.backbone",
                             .expected = "unet, unet_valid or sam",
                             .found = options.backbone});
  }
  initialise_weights(*network, seed);
  return network;
}

Precision settled_precision(Precision precision, const torch::Device& device) {
  if (precision != Precision::kAuto) return precision;
  return device.is_cuda() || processor_has_bf16() ? Precision::kBf16 : Precision::kFp32;
}

torch::ScalarType type_of(Precision precision) {
  return precision == Precision::kBf16 ? torch::kBFloat16 : torch::kFloat32;
}

void place_network(Segmenter& network, const torch::Device& device, Precision precision) {
  // Same seed, same result; on an H100 no slower than what cuDNN takes when it is free to choose.
  if (device.is_cuda()) at::globalContext().setDeterministicCuDNN(true);
  network.to(device);
  network.set_compute_type(type_of(settled_precision(precision, device)));
}

}  // namespace medcl
