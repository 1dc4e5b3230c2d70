// SPDX-License-Identifier: Apache-2.0
// What is known of a SAM before one is made; see networks.h.
#include <cmath>
#include <filesystem>

#include "medcl/core/sha256.h"
#include "medcl/model/networks.h"
#include "medcl/model/sam/network.h"
#include "medcl/model/sam/prompt_texts.h"

namespace medcl::sam {
namespace {

// Bytes, measured: for each token and mask, and more for each channel of the decoder; for each
// token and channel of the encoder in passing and where it is kept for adapters; for each score of
// attention; for each value that does not learn, in the network and in the one that is evaluated.
constexpr double kMask = 5900, kMaskChannel = 79, kPassing = 48, kLearning = 62, kScore = 3,
                 kFrozenValue = 8;
constexpr double kDecoderValues = 62;  // of the decoder, in squares of its width
constexpr double kHalf = 2;            // bytes of a value of an embedding that is kept

double grid_of(const SamNetworkOptions& options) {
  return static_cast<double>(options.image_size / options.encoder_patch);
}

/// What the encoder keeps of an image for the gradient of its adapters; otherwise what it takes in
/// passing. Windows that overhang the image are whole.
double encoder_bytes(const SamNetworkOptions& options) {
  const double grid = grid_of(options);
  const auto width = static_cast<double>(options.encoder_width);
  if (options.adapter_rank == 0) return kPassing * grid * grid * width;
  const auto heads = static_cast<double>(options.encoder_heads);
  const auto window = static_cast<double>(options.encoder_window);
  const auto block = [&](double tokens, double pieces) {
    return pieces * (kLearning * tokens * width + kScore * heads * tokens * tokens);
  };
  const auto depth = static_cast<double>(options.encoder_depth);
  const auto global = static_cast<double>(sizes_of(options).encoder.global_blocks.size());
  const double windows = window > 0 ? std::pow(std::ceil(grid / window), 2) : 0;
  return global * block(grid * grid, 1) + (depth - global) * block(window * window, windows);
}

NetworkFootprint footprint(const AnyOptions& any, const PassShape& /*pass*/) {
  const auto& options = any.as<SamNetworkOptions>();
  const auto width = static_cast<double>(options.encoder_width);
  const auto decoder = static_cast<double>(options.decoder_width);
  const double tokens = grid_of(options) * grid_of(options);
  return {.fixed = kFrozenValue * 12 * static_cast<double>(options.encoder_depth) * width * width,
          .trained_values = kDecoderValues * decoder * decoder,
          .per_pass = encoder_bytes(options),
          .per_mask = tokens * (kMask + kMaskChannel * decoder),
          .per_embedding = kHalf * decoder * tokens,
          .sizes = {"sam.image_size", "sam.encoder_width"}};
}

/// It has its linear layers, its position tables and its text features.
std::uint64_t least_values(const AnyOptions& any, std::int64_t /*channels*/) {
  const auto& options = any.as<SamNetworkOptions>();
  const auto size = [](std::int64_t value) { return static_cast<std::uint64_t>(value); };
  const std::uint64_t width = size(options.encoder_width), grid = size(options.encoder_grid);
  return 12 * size(options.encoder_depth) * width * width + grid * grid * width +
         3 * size(options.encoder_patch * options.encoder_patch) * width +
         size(options.decoder_width) * (9 * size(options.decoder_width) + size(options.text_width));
}

/// The words of the dataset unless the user gave others.
void settle_any(AnyOptions& any, const NetworkSurroundings& around) {
  auto& options = any.as<SamNetworkOptions>();
  if (options.texts.empty()) {
    for (const std::string& name : around.class_names) options.texts.push_back(default_text(name));
  }
  settle(options, around.crop_size);
}

std::vector<std::string> warnings(const AnyOptions& any) {
  const auto& options = any.as<SamNetworkOptions>();
  std::vector<std::string> texts;
  if (options.checkpoint.empty()) {
    const std::string trained = options.adapter_rank > 0 ? "" : " and stays as it is";
    texts.emplace_back(
        "the image encoder has RANDOM weights" + trained +
        ": this shows that the method runs, "
        "not how good SAM is; give SAM or MedSAM weights with --set sam.checkpoint=FILE");
  }
  if (options.clip.empty()) {
    texts.emplace_back(
        "text prompts are RANDOM features without meaning (one for each class): give CLIP's "
        "weights "
        "with --set sam.clip=FILE and sam.merges=FILE");
  }
  return texts;
}

Json sources(const AnyOptions& any) {
  const auto& options = any.as<SamNetworkOptions>();
  const auto source = [](const std::string& path) {
    return path.empty() ? Json("random")
                        : Json({{"file", std::filesystem::path(path).filename().string()},
                                {"sha256", sha256_of_file(path)}});
  };
  return {{"sam", source(options.checkpoint)}, {"clip", source(options.clip)}};
}

std::shared_ptr<Network> make(const AnyOptions& any, const NetworkShape& shape,
                              std::uint64_t seed) {
  require_plain_wish("sam", shape.wish);
  return make_sam_network(any.as<SamNetworkOptions>(), shape.channels,
                          shape.classes + shape.wish.extra_outputs, seed);
}

}  // namespace
}  // namespace medcl::sam

namespace medcl {

NetworkEntry sam_network() {
  return {
      .name = "sam",
      .help = "Segment Anything, asked with boxes and words",
      .scope = "sam",
      .options = [] { return AnyOptions(sam::SamNetworkOptions{}); },
      .traits =
          [](const AnyOptions& any) { return sam::traits_of(any.as<sam::SamNetworkOptions>()); },
      .make = sam::make,
      .footprint = sam::footprint,
      .least_values = sam::least_values,
      .settle = sam::settle_any,
      .forget_files =
          [](AnyOptions& any) {
            auto& options = any.as<sam::SamNetworkOptions>();
            options = options.without_files();
          },
      .warnings = sam::warnings,
      .sources = sam::sources};
}

}  // namespace medcl
