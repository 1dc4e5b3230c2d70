// SPDX-License-Identifier: Apache-2.0
#include "medcl/model/plain/plain_options.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "medcl/core/error.h"

namespace medcl::plain {
namespace {

using nnunet::PerAxis;
using nnunet::Topology;

constexpr std::size_t kAxes = 2, kMostStages = 12;
constexpr std::int64_t kMostStride = 8, kMostKernel = 7;
/// Bytes that a pass keeps for each value of the maps of all levels. Measured.
constexpr double kKeptFp32 = 75, kKeptBf16 = 50;
/// The part of a decoder: a concatenation of two maps and two of three convolutions.
constexpr double kDecoderShare = 0.6;

[[noreturn]] void refuse(const std::string& where, const std::string& expected,
                         const std::string& found) {
  fail(ErrorCode::kUsage, {.what = "does not describe the stages of the network",
                           .where = where,
                           .expected = expected,
                           .found = found});
}

/// "2x2" as {2, 2}.
PerAxis per_axis(const std::string& text, const std::string& where, std::int64_t most) {
  PerAxis numbers;
  const char *at = text.data(), *end = text.data() + text.size();
  while (true) {
    std::int64_t number = 0;
    const auto [next, error] = std::from_chars(at, end, number);
    const bool wrong = error != std::errc{} || number < 1 || number > most;
    if (!wrong) numbers.push_back(number);
    if (!wrong && next == end && numbers.size() == kAxes) return numbers;
    if (wrong || next == end || *next != 'x') break;
    at = next + 1;
  }
  refuse(where, "numbers from 1 to " + std::to_string(most) + " for y and x, such as 2x2",
         "'" + text + "'");
}

std::string text_of(const PerAxis& numbers) {
  std::string text;
  for (const std::int64_t one : numbers) {
    if (!text.empty()) text += 'x';
    text += std::to_string(one);
  }
  return text;
}

std::vector<std::string> texts_of(const std::vector<PerAxis>& lists) {
  std::vector<std::string> texts;
  for (const PerAxis& one : lists) texts.push_back(text_of(one));
  return texts;
}

std::vector<PerAxis> lists_of(const std::vector<std::string>& texts, const std::string& where,
                              std::int64_t most) {
  std::vector<PerAxis> lists;
  for (const std::string& one : texts) lists.push_back(per_axis(one, where, most));
  return lists;
}

bool divides(const PerAxis& multiple, std::int64_t side) {
  return std::ranges::all_of(multiple, [side](std::int64_t one) { return side % one == 0; });
}

/// nnU-Net's for square pixels, with fewer stages where the side is no multiple.
Topology topology_for(std::int64_t side) {
  Topology found = nnunet::topology_of(std::vector<double>(kAxes, 1.0),
                                       std::vector<double>(kAxes, static_cast<double>(side)));
  while (!divides(found.multiple(), side)) {
    found.strides.pop_back();
    found.kernels.pop_back();
  }
  return found;
}

void require_sound(const Topology& topology) {
  const std::size_t stages = topology.strides.size();
  if (stages < 2 || stages > kMostStages) {
    refuse("network.strides", "2 to " + std::to_string(kMostStages) + " stages",
           std::to_string(stages));
  }
  if (topology.kernels.size() != stages) {
    refuse("network.kernels", "one for each of " + std::to_string(stages) + " stages",
           std::to_string(topology.kernels.size()));
  }
  if (topology.strides.front() != PerAxis(kAxes, 1)) {
    refuse("network.strides", "1x1 for the first stage", text_of(topology.strides.front()));
  }
  for (const PerAxis& kernel : topology.kernels) {
    const bool odd = std::ranges::all_of(kernel, [](std::int64_t side) { return side % 2 == 1; });
    if (!odd) refuse("network.kernels", "odd sides", text_of(kernel));
  }
}

Topology topology_of(const PlainOptions& options, std::int64_t crop_size) {
  Topology found = topology_for(crop_size);
  if (!options.strides.empty()) {
    found.strides = lists_of(options.strides, "network.strides", kMostStride);
    found.kernels.assign(found.strides.size(), PerAxis(kAxes, 3));
  }
  if (!options.kernels.empty()) {
    found.kernels = lists_of(options.kernels, "network.kernels", kMostKernel);
  }
  require_sound(found);
  return found;
}

/// The values of a convolution from `in` to `out` channels.
double values_of(double in, double out, const PerAxis& kernel) {
  double side = 1;
  for (const std::int64_t one : kernel) side *= static_cast<double>(one);
  return in * out * side + out;
}

/// And of the normalisation behind it.
double normed_values_of(double in, double out, const PerAxis& kernel) {
  return values_of(in, out, kernel) + 2 * out;
}

struct Values {
  double encoder = 0, decoder = 0;
};

Values count_values(const PlainConvUnetShape& shape) {
  Values values;
  const std::size_t stages = shape.features.size();
  for (std::size_t s = 0; s < stages; ++s) {
    const auto out = static_cast<double>(shape.features[s]);
    const double in = s == 0 ? 1 : static_cast<double>(shape.features[s - 1]);
    const PerAxis& kernel = shape.topology.kernels[s];
    const auto more = static_cast<double>(shape.encoder_convolutions[s] - 1);
    values.encoder += normed_values_of(in, out, kernel) + more * normed_values_of(out, out, kernel);
    if (s + 1 == stages) continue;
    const auto coarser = static_cast<double>(shape.features[s + 1]);
    const auto merging = static_cast<double>(shape.decoder_convolutions[stages - 2 - s] - 1);
    values.decoder += values_of(coarser, out, shape.topology.strides[s + 1]) +
                      normed_values_of(2 * out, out, kernel) +
                      merging * normed_values_of(out, out, kernel);
  }
  return values;
}

/// Channels times pixels of all levels, in those of an image.
double maps_of(const PlainConvUnetShape& shape) {
  double maps = 0, pixels = 1;
  for (std::size_t s = 0; s < shape.features.size(); ++s) {
    for (const std::int64_t step : shape.topology.strides[s]) pixels /= static_cast<double>(step);
    maps += static_cast<double>(shape.features[s]) * pixels;
  }
  return maps;
}

}  // namespace

void PlainOptions::describe(OptionTable table) {
  table.add("width", width, "channels of the first stage; doubles from stage to stage", 1, 512);
  table.add("max_width", max_width, "the most channels of a stage", 1, 4096);
  table.add("convolutions", convolutions, "convolutions of each stage, down and up", 1, 8);
  table.add("strides", strides,
            "of each stage along y and x, such as 1x1, 2x2, 2x2; empty = nnU-Net's rule for the "
            "crop");
  table.add("kernels", kernels, "of each stage along y and x, such as 3x3; empty = the same rule");
  table.add("tile", tile, "side of the pieces that a prediction cuts images into; 0 = the crop's",
            0, 4096);
}

void settle(PlainOptions& options, std::int64_t crop_size) {
  const Topology topology = topology_of(options, crop_size);
  if (!divides(topology.multiple(), crop_size)) {
    refuse("crop.size",
           "a multiple of the product of network.strides, " + text_of(topology.multiple()),
           std::to_string(crop_size));
  }
  options.strides = texts_of(topology.strides);
  options.kernels = texts_of(topology.kernels);
  if (options.tile == 0) options.tile = crop_size;
}

PlainConvUnetShape shape_of(const PlainOptions& options, std::int64_t crop_size) {
  PlainConvUnetShape shape{.topology = topology_of(options, crop_size), .tile = options.tile};
  const std::size_t stages = shape.topology.strides.size();
  shape.features = nnunet::doubling_features(stages, options.width, options.max_width);
  shape.encoder_convolutions.assign(stages, options.convolutions);
  shape.decoder_convolutions.assign(stages - 1, options.convolutions);
  return shape;
}

NetworkFootprint footprint(const AnyOptions& any, const PassShape& pass) {
  const PlainConvUnetShape shape = shape_of(any.as<PlainOptions>(), pass.extent.x);
  const Values values = count_values(shape);
  const double kept = pass.precision == Precision::kBf16 ? kKeptBf16 : kKeptFp32;
  const double per_pass = kept * static_cast<double>(pass.extent.count()) * maps_of(shape);
  return {.trained_values = values.encoder + values.decoder,
          .per_pass = per_pass,
          .decoder_values = values.decoder,
          .decoder_per_pass = kDecoderShare * per_pass,
          .sizes = {"network.width", "crop.size"}};
}

std::uint64_t least_values(const AnyOptions& any, std::int64_t channels) {
  const PlainConvUnetShape shape = shape_of(any.as<PlainOptions>());
  const Values values = count_values(shape);
  return static_cast<std::uint64_t>(values.encoder + values.decoder) +
         static_cast<std::uint64_t>(shape.features.front() * (channels - 1));
}

}  // namespace medcl::plain
