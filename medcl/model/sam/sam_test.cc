// SPDX-License-Identifier: Apache-2.0
#include "medcl/model/sam/sam.h"

#include <gtest/gtest.h>

#include "medcl/core/error.h"
#include "medcl/model/sam/test_fixtures.h"

namespace medcl::sam {
namespace {

SamOptions tiny_sam() {
  return {.encoder = {.width = 12,
                      .heads = 2,
                      .depth = 4,
                      .mlp_width = 20,
                      .patch = 4,
                      .grid = 6,
                      .window = 3,
                      .global_blocks = {1, 3},
                      .out_channels = 32},
          .prompts = {.width = 32, .mask_channels = 8, .text_width = 5},
          .decoder = {.transformer = {.width = 32, .depth = 3, .mlp_width = 24, .cross_width = 16},
                      .masks = 3,
                      .iou_hidden = 9,
                      .iou_depth = 2}};
}

/// Copies, so that a test may change them.
NamedTensors tiny_state(std::uint64_t seed) {
  Sam sam(tiny_sam());
  randomise(*sam, seed);
  NamedTensors state = state_of(*sam);
  for (auto& [name, tensor] : state) tensor = tensor.clone();
  return state;
}

TEST(Sam, ViTBHasThePublishedEntriesAndNumberOfValues) {
  Sam sam(SamOptions{.encoder = vit_b()});
  const NamedTensors state = state_of(*sam);
  EXPECT_EQ(state.size(), 314U);
  EXPECT_EQ(values_in(state), 93735728);
  EXPECT_EQ(values_in(part_of(state, "image_encoder.")), 89670912);
  EXPECT_EQ(values_in(part_of(state, "prompt_encoder.")), 6220 + 256);
  EXPECT_EQ(values_in(part_of(state, "mask_decoder.")), 4058340);
  EXPECT_EQ(part_of(state, "image_encoder.").size(), 177U);
  EXPECT_EQ(part_of(state, "mask_decoder.").size(), 120U);
  EXPECT_EQ(image_encoder_options(state, "").global_blocks, vit_b().global_blocks);
}

TEST(Sam, ComesBackFromItsStateWithSizesAndValues) {
  const NamedTensors state = tiny_state(4);
  Sam sam = make_sam(state, "tiny");
  EXPECT_FALSE(sam->is_training());
  const NamedTensors again = state_of(*sam);
  ASSERT_EQ(again.size(), state.size());
  for (const auto& [name, tensor] : state)
    EXPECT_TRUE(torch::equal(tensor, again.at(name))) << name;
  EXPECT_EQ(sam->image_encoder->options().global_blocks, (std::vector<std::int64_t>{1, 3}));
  EXPECT_EQ(sam->image_encoder->options().window, 3);
  EXPECT_EQ(sam->prompt_encoder->options().text_width, 5);
}

TEST(Sam, AnswersEveryPromptWithAMaskOfAQuarterOfTheInput) {
  Sam sam = make_sam(tiny_state(4), "tiny");
  const torch::NoGradGuard no_grad;
  const torch::Tensor embedding = sam->encode(torch::randn({2, 3, 24, 32}));
  const torch::Tensor boxes =
      torch::tensor({{1.0F, 2.0F, 20.0F, 12.0F}, {0.0F, 0.0F, 31.0F, 23.0F}});
  const Masks masks = sam->decode(
      embedding, {.boxes_p4 = boxes, .features_pnc = torch::randn({2, 1, 5})}, MaskChoice::kSingle);
  EXPECT_EQ(masks.logits_pkhw.sizes(), torch::IntArrayRef({2, 1, 24, 32}));
  EXPECT_EQ(masks.iou_pk.sizes(), torch::IntArrayRef({2, 1}));
  EXPECT_TRUE(masks.logits_pkhw.isfinite().all().item<bool>());
  const Masks alone =
      sam->decode(embedding.narrow(0, 1, 1), {.boxes_p4 = boxes.narrow(0, 1, 1)}, MaskChoice::kAll);
  EXPECT_EQ(alone.logits_pkhw.size(1), 3);
}

TEST(Sam, HalfPrecisionWeightsBecomeFloat32) {
  NamedTensors state = tiny_state(4);
  for (auto& [name, tensor] : state) tensor = tensor.to(torch::kFloat16);
  Sam sam = make_sam(state, "half");
  for (const auto& [name, tensor] : state_of(*sam)) {
    EXPECT_EQ(tensor.scalar_type(), torch::kFloat32) << name;
    EXPECT_TRUE(torch::equal(tensor, state.at(name).to(torch::kFloat32))) << name;
  }
}

TEST(Sam, LeavesOutWhatPublishedFilesHoldBesides) {
  NamedTensors state = tiny_state(4);
  state["pixel_mean"] = torch::zeros({3, 1, 1});
  state["prompt_encoder.text_encoder.text_model.final_layer_norm.weight"] = torch::ones({5});
  state["prompt_encoder.mask_downscaling.0.weight"] = torch::zeros({0, 1, 2, 2});
  Sam sam = make_sam(state, "text prompt checkpoint");
  EXPECT_EQ(sam->prompt_encoder->options().mask_channels, 0);
}

void expect_refusal(const NamedTensors& state, const std::string& named) {
  try {
    make_sam(state, "file.safetensors");
    ADD_FAILURE() << "accepted without " << named;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kModelMismatch);
    EXPECT_NE(std::string(error.what()).find(named), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("file.safetensors"), std::string::npos);
  }
}

TEST(Sam, RefusesIncompleteMisshapedAndForeignStates) {
  for (const char* name :
       {"image_encoder.patch_embed.proj.weight", "image_encoder.pos_embed",
        "image_encoder.blocks.2.attn.rel_pos_h", "image_encoder.blocks.1.mlp.lin1.bias",
        "prompt_encoder.pe_layer.positional_encoding_gaussian_matrix",
        "prompt_encoder.no_mask_embed.weight", "mask_decoder.iou_token.weight",
        "mask_decoder.transformer.norm_final_attn.bias"}) {
    NamedTensors state = tiny_state(4);
    state.erase(name);
    expect_refusal(state, name);
    state[name] = torch::zeros({7});
    expect_refusal(state, name);
  }
  NamedTensors foreign = tiny_state(4);
  foreign["image_encoder.blocks.0.attn.lora.weight"] = torch::zeros({2, 2});
  expect_refusal(foreign, "image_encoder.blocks.0.attn.lora.weight");
  expect_refusal({}, "image_encoder.patch_embed.proj.weight");
}

}  // namespace
}  // namespace medcl::sam
