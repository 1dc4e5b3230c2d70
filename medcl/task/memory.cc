// SPDX-License-Identifier: Apache-2.0
#include "medcl/task/memory.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "medcl/core/error.h"
#include "medcl/core/formatted.h"
#include "medcl/task/validation.h"

namespace medcl {
namespace {

constexpr double kProgram = 250e6;        // bytes of libraries, buffers and prepared slices
constexpr double kPerValue = 24;          // weight, gradient, two moments, average, working copies
constexpr double kPerFollowingValue = 4;  // weight
// Losses and mixtures of the maps of many classes; those of a few count with the network.
constexpr double kMapPixel = 64, kFewClasses = 4;

/// Bytes besides the images of a batch, and for each of them.
struct Plan {
  double fixed = kProgram, per_image = 0;
};

NetworkFootprint footprint_of(const RunOptions& options) {
  return options.network.entry().footprint(
      options.network.own,
      {.extent = options.sample.crop.extent(), .precision = options.train.precision});
}

Plan plan_of(const RunOptions& options) {
  const MethodNeeds needs = needs_of(options);
  const NetworkFootprint network = footprint_of(options);
  const double masks =
      needs.masks > 0 ? needs.masks : static_cast<double>(options.sample.classes - 1);
  const double many =
      options.network.traits().prompts
          ? 0
          : std::max(0.0, static_cast<double>(options.sample.classes) - kFewClasses);
  const double maps = kMapPixel * many * static_cast<double>(options.sample.crop.extent().count());
  const auto decoders = static_cast<double>(needs.network.further_decoders);
  const double values = network.trained_values + decoders * network.decoder_values;
  const double pass = network.per_pass + decoders * (network.decoder_per_pass + maps);
  const double networks = 1 + needs.learning_networks + needs.following_networks;
  return {.fixed = kProgram + networks * network.fixed +
                   kPerValue * ((1 + needs.learning_networks) * values + needs.trained_values) +
                   kPerFollowingValue * needs.following_networks * values,
          .per_image = needs.passes * (pass + maps + masks * network.per_mask) +
                       needs.kept_embeddings * network.per_embedding};
}

/// Those of the built-in presets for real data and this network that take at most `available`:
/// "--preset laptop (about 0.6 GB)"; empty when there is none.
std::string presets_that_fit(const RunOptions& options, std::int64_t available) {
  std::string text;
  for (const std::string& name : preset_names()) {
    if (name.find("phantom") != std::string::npos) continue;  // of the synthetic hearts
    RunOptions preset = resolve_options(name, {}, {});
    if (preset.network.name != options.network.name) continue;
    preset.train.precision = options.train.precision;
    preset.sample.classes = options.sample.classes;
    const std::int64_t bytes = training_bytes(preset);
    if (bytes > available || bytes >= training_bytes(options)) continue;
    text += (text.empty() ? "--preset " : " or --preset ") + name + " (about " +
            gigabytes_text(static_cast<double>(bytes)) + ")";
  }
  return text;
}

/// The options that decide about the memory of a network: "network.width or crop.size".
std::string names_of_sizes(const RunOptions& options) {
  std::string text;
  for (const std::string& name : footprint_of(options).sizes) {
    text += (text.empty() ? "" : " or ") + name;
  }
  return text;
}

/// "sampler.batch = 64, network.width = 64, crop.size = 256".
std::string values_of_sizes(RunOptions options) {
  const auto names = footprint_of(options).sizes;
  const OptionTable table = options.table();
  std::string text = "sampler.batch = " + std::to_string(options.sampler.batch);
  for (const std::string& name : names) {
    text += ", " + name + " = " + table.at(name, "footprint").value_text();
  }
  return text;
}

std::string remedy_for(const RunOptions& options, std::int64_t available) {
  const Plan plan = plan_of(options);
  const auto batch =
      static_cast<std::int64_t>((static_cast<double>(available) - plan.fixed) / plan.per_image);
  const std::string presets = presets_that_fit(options, available);
  std::string text = presets.empty() ? "" : presets + " fits; of these options, ";
  text += batch > 1 ? "--set sampler.batch=" + std::to_string(batch) + " fits, a smaller " +
                          names_of_sizes(options) + " too"
                    : "lower " + names_of_sizes(options);
  return text + "; --set train.memory_check=false tries it all the same";
}

}  // namespace

std::string gigabytes_text(double bytes) { return formatted("%.1f GB", bytes / 1e9); }

std::int64_t training_bytes(const RunOptions& options) {
  const Plan plan = plan_of(options);
  return static_cast<std::int64_t>(plan.fixed +
                                   static_cast<double>(options.sampler.batch) * plan.per_image);
}

std::int64_t bytes_with_volumes(std::int64_t training, std::int64_t most_voxels,
                                std::int64_t channels, std::int64_t judged_cases) {
  constexpr std::int64_t kLabelsAsRead = 4, kComponents = 6;  // bytes of a voxel
  const std::int64_t one = bytes_of_case(most_voxels, channels);
  const std::int64_t preparing =
      static_cast<std::int64_t>(kProgram) + one + kLabelsAsRead * most_voxels;
  if (judged_cases == 0) return std::max(training, preparing);
  const std::int64_t judged =
      judged_cases * one <= kMostKeptBytes ? judged_cases * one : kMostKeptBytes + one;
  return std::max(preparing, training + judged + kComponents * most_voxels);
}

void require_memory(const RunOptions& options, std::int64_t available) {
  if (!options.train.memory_check || options.train.untrained || options.train.device != "cpu" ||
      training_bytes(options) <= available) {
    return;
  }
  fail(
      ErrorCode::kOutOfResources,
      {.what = "this training takes more memory than there is",
       .where = values_of_sizes(options),
       .expected = "at most " + gigabytes_text(static_cast<double>(available)) + ", which are free",
       .found = "about " + gigabytes_text(static_cast<double>(training_bytes(options))),
       .remedy = remedy_for(options, available)});
}

}  // namespace medcl
