// SPDX-License-Identifier: Apache-2.0
#include "medcl/training/memory_plan.h"

#include <cmath>
#include <string>

#include "medcl/core/error.h"
#include "medcl/model/sam/backbone.h"

namespace medcl {
namespace {

constexpr double kProgram = 250e6;  // bytes of libraries, buffers and prepared slices
/// Bytes that a pass keeps for each value of the first level: sixteen activations, the deeper
/// levels (as many again), and temporaries. Measured.
constexpr double kKeptBf16 = 62, kKeptFp32 = 114;
/// Of a SAM: for each token and mask, and more for each channel of the decoder; for each token and
/// channel of the encoder in passing and where it is kept for adapters; for each score of
/// attention.
constexpr double kMask = 5900, kMaskChannel = 79, kPassing = 48, kLearning = 62, kScore = 3;
constexpr double kFrozenWeight = 8;     // in the network and in the one that is evaluated
constexpr double kDecoderWeights = 62;  // of the decoder, in squares of its width
constexpr double kPerWeight = 24;       // weight, gradient, two moments, average, working copies

double unet_weights(double width) {
  double weights = 0;
  for (int level = 0; level < 5; ++level) {
    const double out = width * std::exp2(level), in = level == 0 ? 1 : out / 2;
    weights += 9 * out * (in + out);
    if (level < 4) weights += 9 * out * (2 * out + 2 * out + out);  // up-convolution and merge
  }
  return weights;
}

double mapping_weights(const RunOptions& options, double side) {
  const MedclOptions& medcl = options.method.medcl;
  const bool used = options.method.name == "medcl" &&
                    medcl.weight_mapping + medcl.weight_cluster + medcl.weight_anatomy > 0;
  return used ? side * side * static_cast<double>(medcl.mapping.prototypes) : 0;
}

/// Bytes besides the images of a batch, and for each of them.
struct Plan {
  double fixed = kProgram, per_image = 0;
};

/// Passes through the network in a step: images and their mixtures.
double passes(const RunOptions& options) { return options.method.name == "medcl" ? 2 : 1; }

Plan unet_plan(const RunOptions& options) {
  const auto side = static_cast<double>(options.sample.crop.size);
  const auto width = static_cast<double>(options.network.width);
  return {.fixed = kProgram + kPerWeight * (unet_weights(width) + mapping_weights(options, side)),
          .per_image = passes(options) * side * side * width *
                       (options.train.precision == Precision::kBf16 ? kKeptBf16 : kKeptFp32)};
}

/// What the encoder keeps of an image for the gradient of its adapters; otherwise what it takes in
/// passing. Windows that overhang the image are whole.
double encoder_bytes(const sam::BackboneOptions& network) {
  const double grid = static_cast<double>(network.image_size / network.encoder_patch);
  const auto width = static_cast<double>(network.encoder_width);
  if (network.adapter_rank == 0) return kPassing * grid * grid * width;
  const auto heads = static_cast<double>(network.encoder_heads);
  const auto window = static_cast<double>(network.encoder_window);
  const auto block = [&](double tokens, double pieces) {
    return pieces * (kLearning * tokens * width + kScore * heads * tokens * tokens);
  };
  const auto depth = static_cast<double>(network.encoder_depth);
  const auto global = static_cast<double>(sam::sizes_of(network).encoder.global_blocks.size());
  const double windows = window > 0 ? std::pow(std::ceil(grid / window), 2) : 0;
  return global * block(grid * grid, 1) + (depth - global) * block(window * window, windows);
}

Plan sam_plan(const RunOptions& options) {
  const sam::BackboneOptions& network = options.network.sam;
  const PoolOptions& pool = options.method.medcl_sam.pool;
  const bool medcl = options.method.name == "medcl";
  const auto width = static_cast<double>(network.encoder_width);
  const auto decoder = static_cast<double>(network.decoder_width);
  const double grid = static_cast<double>(network.image_size / network.encoder_patch);
  const double tokens = grid * grid, classes = static_cast<double>(network.texts.size());
  const double masks = medcl ? 2 * classes - 1 : classes;
  const bool pooled = medcl && pool.reuse > 1 && network.adapter_rank == 0;
  const double kept = pooled ? 2 * decoder * tokens * static_cast<double>(pool.batches) : 0;
  const double weights = kDecoderWeights * decoder * decoder +
                         mapping_weights(options, static_cast<double>(network.logit_side()));
  return {.fixed = kProgram + kPerWeight * weights +
                   kFrozenWeight * 12 * static_cast<double>(network.encoder_depth) * width * width,
          .per_image = passes(options) * (masks * tokens * (kMask + kMaskChannel * decoder) +
                                          encoder_bytes(network) + kept)};
}

Plan plan_of(const RunOptions& options) {
  return options.network.backbone == "sam" ? sam_plan(options) : unet_plan(options);
}

std::string gigabytes(double bytes) {
  return std::to_string(static_cast<std::int64_t>(std::lround(bytes / 1e8)) / 10) + "." +
         std::to_string(std::lround(bytes / 1e8) % 10) + " GB";
}

}  // namespace

std::int64_t training_bytes(const RunOptions& options) {
  const Plan plan = plan_of(options);
  return static_cast<std::int64_t>(plan.fixed +
                                   static_cast<double>(options.sampler.batch) * plan.per_image);
}

namespace {

/// Those of the built-in presets for real data and this network that take at most `available`:
/// "--preset laptop (about 0.6 GB)"; empty when there is none.
std::string presets_that_fit(const RunOptions& options, std::int64_t available) {
  std::string text;
  for (const std::string& name : preset_names()) {
    if (name.find("phantom") != std::string::npos) continue;  // of the synthetic hearts
    RunOptions preset = resolve_options(name, {}, {});
    preset.train.precision = options.train.precision;
    const bool same = preset.network.backbone == options.network.backbone &&
                      preset.network.width <= options.network.width;
    const std::int64_t bytes = training_bytes(preset);
    if (!same || bytes > available || bytes >= training_bytes(options)) continue;
    text += (text.empty() ? "--preset " : " or --preset ") + name + " (about " +
            gigabytes(static_cast<double>(bytes)) + ")";
  }
  return text;
}

std::string remedy_for(const RunOptions& options, const Plan& plan, std::int64_t available) {
  const bool sam = options.network.backbone == "sam";
  const auto batch =
      static_cast<std::int64_t>((static_cast<double>(available) - plan.fixed) / plan.per_image);
  const std::string smaller = sam ? "sam.image_size" : "network.width or crop.size";
  const std::string presets = presets_that_fit(options, available);
  std::string text = presets.empty() ? "" : presets + " fits; of these options, ";
  text += batch > 1 ? "--set sampler.batch=" + std::to_string(batch) + " fits, a smaller " +
                          smaller + " too"
                    : "lower " + smaller;
  return text + "; --set train.memory_check=false tries it all the same";
}

}  // namespace

void require_memory(const RunOptions& options, std::int64_t available) {
  const bool trains = options.method.name != "zero_shot";
  if (!options.train.memory_check || !trains || options.train.device != "cpu" ||
      training_bytes(options) <= available) {
    return;
  }
  const bool sam = options.network.backbone == "sam";
  const auto setting = [](const char* name, std::int64_t value) {
    return std::string(", ") + name + " = " + std::to_string(value);
  };
  fail(ErrorCode::kOutOfResources,
       {.what = "this training takes more memory than there is",
        .where = "sampler.batch = " + std::to_string(options.sampler.batch) +
                 (sam ? setting("sam.image_size", options.network.sam.image_size) +
                            setting("sam.encoder_width", options.network.sam.encoder_width)
                      : setting("network.width", options.network.width) +
                            setting("crop.size", options.sample.crop.size)),
        .expected = "at most " + gigabytes(static_cast<double>(available)) + ", which are free",
        .found = "about " + gigabytes(static_cast<double>(training_bytes(options))),
        .remedy = remedy_for(options, plan_of(options), available)});
}

}  // namespace medcl
