// SPDX-License-Identifier: Apache-2.0
#include "medcl/model/sam/sam.h"

#include <algorithm>
#include <string_view>

#include "medcl/core/error.h"

namespace medcl::sam {
namespace {

/// Reads sizes out of a checkpoint.
class Shapes {
 public:
  Shapes(const NamedTensors& state, std::string prefix, std::string where)
      : state_(state), prefix_(std::move(prefix)), where_(std::move(where)) {}

  [[nodiscard]] bool contains(const std::string& name) const {
    return state_.count(prefix_ + name) != 0;
  }

  [[nodiscard]] std::int64_t size(const std::string& name, std::int64_t dimension) const {
    const auto found = state_.find(prefix_ + name);
    if (found == state_.end() || found->second.dim() <= dimension) {
      refuse(prefix_ + name, found == state_.end() ? "no such entry" : "too few dimensions");
    }
    return found->second.size(dimension);
  }

  /// How many of `before`0`after`, `before`1`after`, ... there are.
  [[nodiscard]] std::int64_t count(const std::string& before, const std::string& after) const {
    std::int64_t count = 0;
    while (contains(before + std::to_string(count) + after)) ++count;
    if (count == 0) refuse(prefix_ + before + "0" + after, "no such entry");
    return count;
  }

  [[noreturn]] void refuse(const std::string& name, const std::string& found) const {
    fail(ErrorCode::kModelMismatch, {.what = "these are not the weights of a SAM",
                                     .where = where_,
                                     .expected = name,
                                     .found = found});
  }

 private:
  const NamedTensors& state_;
  std::string prefix_, where_;
};

/// Window size and global blocks, by the length of the tables of relative positions.
void infer_windows(const Shapes& shapes, ImageEncoderOptions& options) {
  std::vector<std::int64_t> global, last_of_quarter;
  for (std::int64_t k = 0; k < options.depth; ++k) {
    const std::string table = "blocks." + std::to_string(k) + ".attn.rel_pos_h";
    const std::int64_t length = shapes.size(table, 0);
    if (length == 2 * options.grid - 1) {
      global.push_back(k);
    } else {
      options.window = (length + 1) / 2;
    }
    if ((k + 1) * 4 % options.depth == 0) last_of_quarter.push_back(k);
  }
  const bool unclear = std::ssize(global) == options.depth && options.window == options.grid;
  options.global_blocks = unclear ? last_of_quarter : global;
}

bool starts_with_any(std::string_view name, std::initializer_list<std::string_view> beginnings) {
  return std::any_of(beginnings.begin(), beginnings.end(),
                     [name](std::string_view start) { return name.starts_with(start); });
}

}  // namespace

ImageEncoderOptions image_encoder_options(const NamedTensors& state, const std::string& where) {
  const Shapes shapes(state, "image_encoder.", where);
  ImageEncoderOptions options;
  options.width = shapes.size("patch_embed.proj.weight", 0);
  options.patch = shapes.size("patch_embed.proj.weight", 2);
  options.grid = shapes.size("pos_embed", 1);
  options.out_channels = shapes.size("neck.0.weight", 0);
  options.depth = shapes.count("blocks.", ".norm1.weight");
  options.mlp_width = shapes.size("blocks.0.mlp.lin1.weight", 0);
  const std::int64_t head_width = shapes.size("blocks.0.attn.rel_pos_h", 1);
  if (head_width == 0 || options.width % head_width != 0) {
    shapes.refuse("blocks.0.attn.rel_pos_h with a divisor of " + std::to_string(options.width),
                  std::to_string(head_width));
  }
  options.heads = options.width / head_width;
  infer_windows(shapes, options);
  return options;
}

PromptEncoderOptions prompt_encoder_options(const NamedTensors& state, const std::string& where) {
  const Shapes shapes(state, "prompt_encoder.", where);
  PromptEncoderOptions options;
  options.width = shapes.size("no_mask_embed.weight", 1);
  const bool has_masks = shapes.contains("mask_downscaling.0.weight") &&
                         shapes.size("mask_downscaling.0.weight", 0) > 0;
  options.mask_channels = has_masks ? shapes.size("mask_downscaling.3.weight", 0) : 0;
  const bool has_text = shapes.contains("text_encoder_head.weight");
  options.text_width = has_text ? shapes.size("text_encoder_head.weight", 1) : 0;
  return options;
}

MaskDecoderOptions mask_decoder_options(const NamedTensors& state, const std::string& where) {
  const Shapes shapes(state, "mask_decoder.", where);
  const std::string layer = "transformer.layers.0.";
  MaskDecoderOptions options;
  options.transformer.width = shapes.size("iou_token.weight", 1);
  options.transformer.depth = shapes.count("transformer.layers.", ".norm1.weight");
  options.transformer.mlp_width = shapes.size(layer + "mlp.lin1.weight", 0);
  options.transformer.cross_width =
      shapes.size(layer + "cross_attn_token_to_image.q_proj.weight", 0);
  options.masks = shapes.size("mask_tokens.weight", 0);
  options.iou_depth = shapes.count("iou_prediction_head.layers.", ".weight");
  options.iou_hidden = shapes.size("iou_prediction_head.layers.0.weight", 0);
  return options;
}

SamImpl::SamImpl(const SamOptions& options)
    : image_encoder(register_module("image_encoder", ImageEncoder(options.encoder))),
      prompt_encoder(register_module("prompt_encoder", PromptEncoder(options.prompts))),
      mask_decoder(register_module("mask_decoder", MaskDecoder(options.decoder))) {}

Masks SamImpl::decode(const torch::Tensor& embedding_bchw, const Prompts& prompts,
                      MaskChoice choice) {
  const PixelSize grid{embedding_bchw.size(2), embedding_bchw.size(3)};
  const std::int64_t patch = image_encoder->options().patch;
  const PixelSize input{grid.height * patch, grid.width * patch};
  return mask_decoder(embedding_bchw, prompt_encoder->dense_positions(grid),
                      prompt_encoder(prompts, input, grid), choice);
}

Sam make_sam(NamedTensors state, const std::string& where) {
  Sam sam(SamOptions{image_encoder_options(state, where), prompt_encoder_options(state, where),
                     mask_decoder_options(state, where)});
  const bool has_masks = sam->prompt_encoder->options().mask_channels > 0;
  std::erase_if(state, [&](const auto& entry) {
    const std::string& name = entry.first;
    return starts_with_any(name, {"prompt_encoder.text_encoder.", "pixel_mean", "pixel_std"}) ||
           (!has_masks && starts_with_any(name, {"prompt_encoder.mask_downscaling."}));
  });
  load_state(*sam, state, where);
  sam->eval();
  return sam;
}

}  // namespace medcl::sam
