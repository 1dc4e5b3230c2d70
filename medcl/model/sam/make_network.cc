// SPDX-License-Identifier: Apache-2.0
// Sizes and weights of a SAM network; see network.h.
#include <string_view>

#include "medcl/core/error.h"
#include "medcl/model/sam/network.h"
#include "medcl/model/state.h"

namespace medcl::sam {
namespace {

constexpr std::int64_t kHeads = 8;

/// The blocks that see the whole image: the last of each quarter, as published.
std::vector<std::int64_t> global_blocks(const SamNetworkOptions& options) {
  std::vector<std::int64_t> blocks;
  for (std::int64_t k = 0; k < options.encoder_depth; ++k) {
    const bool ends_quarter = (k + 1) * 4 / options.encoder_depth > k * 4 / options.encoder_depth;
    if (options.encoder_window == 0 || ends_quarter) blocks.push_back(k);
  }
  return blocks;
}

bool is_part_of_sam(std::string_view name) {
  if (name.starts_with("prompt_encoder.")) {
    return !name.starts_with("prompt_encoder.mask_downscaling.") &&
           !name.starts_with("prompt_encoder.text_encoder.");
  }
  return name.starts_with("image_encoder.") || name.starts_with("mask_decoder.");
}

}  // namespace

SamOptions sizes_of(const SamNetworkOptions& options) {
  const std::int64_t width = options.decoder_width;
  SamOptions sizes;
  sizes.encoder = {.width = options.encoder_width,
                   .heads = options.encoder_heads,
                   .depth = options.encoder_depth,
                   .mlp_width = 4 * options.encoder_width,
                   .patch = options.encoder_patch,
                   .grid = options.encoder_grid > 0 ? options.encoder_grid
                                                    : options.image_size / options.encoder_patch,
                   .window = options.encoder_window,
                   .global_blocks = global_blocks(options),
                   .out_channels = width,
                   .adapter_rank = options.adapter_rank};
  sizes.prompts = {.width = width, .mask_channels = 0, .text_width = options.text_width};
  sizes.decoder.transformer = {.width = width,
                               .depth = 2,
                               .heads = kHeads,
                               .mlp_width = 8 * width,
                               .cross_width = width / 2};
  sizes.decoder.iou_hidden = width;
  return sizes;
}

TensorMap sam_tensors(const TensorFile& file, const std::string& where) {
  TensorMap wanted;
  for (const auto& [name, view] : file.tensors) {
    std::string plain = canonical_name(name);
    if (plain.starts_with("sam.")) plain.erase(0, 4);  // a model of `medcl train`
    if (is_part_of_sam(plain)) wanted.emplace(plain, view);
  }
  if (wanted.count("image_encoder.pos_embed") == 0) {
    const bool hugging_face = file.tensors.count("vision_encoder.pos_embed") != 0;
    fail(ErrorCode::kModelMismatch,
         {.what = "these are not the weights of a SAM",
          .where = where,
          .expected = "image_encoder.pos_embed and the other names of the published checkpoints",
          .found = hugging_face ? "Hugging Face's names" : "other tensors",
          .remedy = "see docs/how-to/get-weights.md"});
  }
  return wanted;
}

std::shared_ptr<SamNetwork> make_sam_network(const SamNetworkOptions& options,
                                             std::int64_t channels, std::int64_t classes,
                                             std::uint64_t seed) {
  auto network = std::make_shared<SamNetwork>(options, channels, classes, seed);
  if (!options.checkpoint.empty()) {
    const TensorFile file = open_tensor_file(options.checkpoint);
    network->load_checkpoint(to_tensors(sam_tensors(file, options.checkpoint), /*borrow=*/true),
                             options.checkpoint);
  }
  return network;
}

}  // namespace medcl::sam
