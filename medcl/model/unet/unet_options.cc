// SPDX-License-Identifier: Apache-2.0
#include "medcl/model/unet/unet_options.h"

#include <cmath>

namespace medcl::unet {
namespace {

/// Bytes that a pass keeps for each value of the first level: sixteen activations, the deeper
/// levels (as many again), and temporaries. Measured.
constexpr double kKeptBf16 = 62, kKeptFp32 = 114;
/// Of these, what a decoder keeps: seven of the sixteen, and its copies of the levels.
constexpr double kDecoderShare = 0.6;

double encoder_values(double width) {
  double values = 0;
  for (int level = 0; level < 5; ++level) {
    const double out = width * std::exp2(level), in = level == 0 ? 1 : out / 2;
    values += 9 * out * (in + out);
  }
  return values;
}

double decoder_values(double width) {
  double values = 0;
  for (int level = 0; level < 4; ++level) {
    const double out = width * std::exp2(level);
    values += 9 * out * (2 * out + 2 * out + out);  // up-convolution and merge
  }
  return values;
}

}  // namespace

void UnetOptions::describe(OptionTable table) {
  table.add("width", width, "channels of the first level; doubles four times", 1, 512);
  table.add("dropout", dropout, "scale of the encoder dropout (.05 .1 .2 .3 .5 by level)", 0.0,
            1.0);
}

NetworkFootprint footprint(const AnyOptions& options, const PassShape& pass) {
  const auto width = static_cast<double>(options.as<UnetOptions>().width);
  const double kept = pass.precision == Precision::kBf16 ? kKeptBf16 : kKeptFp32;
  const double per_pass = static_cast<double>(pass.extent.count()) * width * kept;
  return {.trained_values = encoder_values(width) + decoder_values(width),
          .per_pass = per_pass,
          .decoder_values = decoder_values(width),
          .decoder_per_pass = kDecoderShare * per_pass,
          .sizes = {"network.width", "crop.size"}};
}

/// The largest convolution leads from 16 width to 16 width channels, and the first from the
/// channels to width.
std::uint64_t least_values(const AnyOptions& options, std::int64_t channels) {
  const auto width = static_cast<std::uint64_t>(options.as<UnetOptions>().width);
  return 9 * width * (256 * width + static_cast<std::uint64_t>(channels));
}

}  // namespace medcl::unet
