// SPDX-License-Identifier: Apache-2.0
#include "medcl/model/sam/network_options.h"

#include <algorithm>
#include <filesystem>

#include "medcl/core/error.h"
#include "medcl/format/tensor_file.h"
#include "medcl/model/clip/text_encoder.h"
#include "medcl/model/sam/network.h"
#include "medcl/model/state.h"

namespace medcl::sam {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const std::string& where, const std::string& what,
                         const std::string& expected, std::int64_t found) {
  fail(ErrorCode::kUsage,
       {.what = what, .where = where, .expected = expected, .found = std::to_string(found)});
}

void make_absolute(std::string& path) {
  if (!path.empty()) path = fs::absolute(path).lexically_normal().string();
}

/// The sizes of the checkpoint become options; what options cannot say is refused.
void take_sizes(SamNetworkOptions& options) {
  const TensorFile file = open_tensor_file(options.checkpoint);
  const NamedTensors state =
      to_tensors(sam_tensors(file, options.checkpoint), /*borrow=*/true);  // for their shapes
  const SamOptions found{image_encoder_options(state, options.checkpoint),
                         prompt_encoder_options(state, options.checkpoint),
                         mask_decoder_options(state, options.checkpoint)};
  options.encoder_width = found.encoder.width;
  options.encoder_depth = found.encoder.depth;
  options.encoder_heads = found.encoder.heads;
  options.encoder_patch = found.encoder.patch;
  options.encoder_grid = found.encoder.grid;
  const bool windowed = std::ssize(found.encoder.global_blocks) < found.encoder.depth;
  options.encoder_window = windowed ? found.encoder.window : 0;
  options.decoder_width = found.encoder.out_channels;
  if (found.prompts.text_width > 0) options.text_width = found.prompts.text_width;
  const SamOptions expected = sizes_of(options);
  const bool published = expected.encoder.global_blocks == found.encoder.global_blocks &&
                         expected.encoder.mlp_width == found.encoder.mlp_width &&
                         expected.decoder.masks == found.decoder.masks;
  if (!published) {
    fail(ErrorCode::kModelMismatch,
         {.what = "a SAM of another build than the published ones",
          .where = options.checkpoint,
          .expected = "an MLP of 4 widths, a global block at the end of each quarter, 4 masks"});
  }
}

void take_text_width(SamNetworkOptions& options) {
  if (options.merges.empty()) {
    fail(ErrorCode::kUsage, {.what = "CLIP needs its list of merges",
                             .where = "sam.merges",
                             .expected = "bpe_simple_vocab_16e6.txt.gz",
                             .found = "nothing"});
  }
  const TensorFile file = open_tensor_file(options.clip);
  const NamedTensors text =
      clip::text_state(to_tensors(file.tensors, /*borrow=*/true), options.clip);
  options.text_width = clip::text_encoder_options(text, options.clip).width;
}

void check_sizes(const SamNetworkOptions& options) {
  if (options.image_size % options.encoder_patch != 0) {
    refuse("sam.image_size", "the image is not made of whole patches",
           "a multiple of sam.encoder_patch " + std::to_string(options.encoder_patch),
           options.image_size);
  }
  if (options.encoder_width % options.encoder_heads != 0) {
    refuse("sam.encoder_heads", "the width is not a multiple of the heads",
           "a divisor of sam.encoder_width " + std::to_string(options.encoder_width),
           options.encoder_heads);
  }
  if (options.decoder_width % 16 != 0) {
    refuse("sam.decoder_width", "eight heads work on half the width", "a multiple of 16",
           options.decoder_width);
  }
}

}  // namespace

void SamNetworkOptions::describe(OptionTable table) {
  table.add("checkpoint", checkpoint,
            "SAM or MedSAM weights (.pth, .safetensors); empty: random weights of the sizes below");
  table.add("clip", clip, "CLIP weights for the text prompts; empty: random text features");
  table.add("merges", merges, "CLIP's bpe_simple_vocab_16e6.txt.gz, needed with sam.clip");
  table.add(
      "texts", texts,
      "words for each class, alternatives separated by a bar; empty: from the names of classes");
  table.add("image_size", image_size, "side of the image that the encoder sees, in pixels", 16,
            4096);
  table.add("prompts", prompts,
            "what a mask is asked for with; a box alone does not say which class is meant, so that "
            "every class needs a box of its own");
  table.add("intensity", intensity,
            "what the weights expect: 0 to 1 (MedSAM) or ImageNet statistics (SAM)");
  table.add("background", background,
            "background against the classes: a logit of 0 in a softmax, one minus the largest "
            "class, or that with all classes made to sum to one");
  table.add("tile", tile,
            "side of the pieces of a slice in prediction; 0 = crop.size, -1 = the whole slice", -1,
            4096);
  table.add("encoder_width", encoder_width, "channels of the encoder", 16, 2048);
  table.add("encoder_depth", encoder_depth, "blocks of the encoder", 1, 64);
  table.add("encoder_heads", encoder_heads, "attention heads of the encoder", 1, 64);
  table.add("encoder_patch", encoder_patch, "side of a patch in pixels", 2, 64);
  table.add("encoder_grid", encoder_grid,
            "patches per side of the position tables; 0 = as the image has", 0, 256);
  table.add("encoder_window", encoder_window,
            "side of the attention windows in patches; 0 = all blocks see the whole image", 0, 256);
  table.add("adapter_rank", adapter_rank,
            "rank of trained additions to queries and values of the encoder; 0 = it stays as it is",
            0, 256);
  table.add("decoder_width", decoder_width, "channels of the decoder, a multiple of 16", 16, 1024);
  table.add("text_width", text_width, "channels of a text feature", 1, 4096);
}

NetworkTraits traits_of(const SamNetworkOptions& options) {
  const std::int64_t tile = std::max<std::int64_t>(0, options.tile);
  return {.multiple = {1, 1, 1},
          .tile = {0, tile, tile},
          .prompts = true,
          .map_side = options.logit_side(),
          .embeddings_last = options.adapter_rank == 0};
}

SamNetworkOptions SamNetworkOptions::without_files() const {
  SamNetworkOptions options = *this;
  options.checkpoint.clear();
  options.clip.clear();
  options.merges.clear();
  return options;
}

void settle(SamNetworkOptions& options, std::int64_t crop_size) {
  make_absolute(options.checkpoint);
  make_absolute(options.clip);
  make_absolute(options.merges);
  if (!options.checkpoint.empty()) take_sizes(options);
  if (!options.clip.empty()) take_text_width(options);
  check_sizes(options);
  if (options.encoder_grid == 0) {
    options.encoder_grid = options.image_size / options.encoder_patch;
  }
  if (options.tile == 0) options.tile = crop_size;
}

}  // namespace medcl::sam
