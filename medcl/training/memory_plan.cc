// SPDX-License-Identifier: Apache-2.0
#include "medcl/training/memory_plan.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "medcl/core/error.h"

namespace medcl {
namespace {

constexpr double kProgram = 250e6;  // bytes of libraries, buffers and prepared slices
/// Bytes that a pass keeps for each value of the first level: sixteen activations, the deeper
/// levels (as many again), and temporaries. Measured.
constexpr double kKeptBf16 = 62, kKeptFp32 = 114;
constexpr double kPerWeight = 24;  // weight, gradient, two moments, average, working copies

double unet_weights(double width) {
  double weights = 0;
  for (int level = 0; level < 5; ++level) {
    const double out = width * std::exp2(level), in = level == 0 ? 1 : out / 2;
    weights += 9 * out * (in + out);
    if (level < 4) weights += 9 * out * (2 * out + 2 * out + out);  // up-convolution and merge
  }
  return weights;
}

double mapping_weights(const RunOptions& options) {
  const MedclOptions& medcl = options.method.medcl;
  const bool used = options.method.name == "medcl" &&
                    medcl.weight_mapping + medcl.weight_cluster + medcl.weight_anatomy > 0;
  const auto side = static_cast<double>(options.sample.crop.size);
  return used ? side * side * static_cast<double>(medcl.mapping.prototypes) : 0;
}

double bytes_of_image(const RunOptions& options) {
  const double passes = options.method.name == "medcl" ? 2 : 1;  // images and their mixtures
  const auto side = static_cast<double>(options.sample.crop.size);
  return passes * side * side * static_cast<double>(options.network.width) *
         (options.train.precision == "bf16" ? kKeptBf16 : kKeptFp32);
}

double fixed_bytes(const RunOptions& options) {
  const auto width = static_cast<double>(options.network.width);
  return kProgram + kPerWeight * (unet_weights(width) + mapping_weights(options));
}

std::string gigabytes(double bytes) {
  return std::to_string(static_cast<std::int64_t>(std::lround(bytes / 1e8)) / 10) + "." +
         std::to_string(std::lround(bytes / 1e8) % 10) + " GB";
}

}  // namespace

std::int64_t training_bytes(const RunOptions& options) {
  return static_cast<std::int64_t>(
      fixed_bytes(options) + static_cast<double>(options.sampler.batch) * bytes_of_image(options));
}

void require_memory(const RunOptions& options, std::int64_t available) {
  if (!options.train.memory_check || options.train.device != "cpu" ||
      options.network.backbone == "sam" || training_bytes(options) <= available) {
    return;
  }
  const double left = static_cast<double>(available) - fixed_bytes(options);
  const auto batch = static_cast<std::int64_t>(left / bytes_of_image(options));
  fail(ErrorCode::kOutOfResources,
       {.what = "this training takes more memory than there is",
        .where = "sampler.batch = " + std::to_string(options.sampler.batch) +
                 ", network.width = " + std::to_string(options.network.width) +
                 ", crop.size = " + std::to_string(options.sample.crop.size),
        .expected = "at most " + gigabytes(static_cast<double>(available)) + ", which are free",
        .found = "about " + gigabytes(static_cast<double>(training_bytes(options))),
        .remedy = (batch > 1 ? "--set sampler.batch=" + std::to_string(batch) +
                                   " fits, a smaller network.width or crop.size too"
                             : std::string("lower network.width or crop.size")) +
                  "; --set train.memory_check=false tries it all the same"});
}

}  // namespace medcl
