// SPDX-License-Identifier: Apache-2.0
#include "medcl/model/sam/prompt_encoder.h"

#include <gtest/gtest.h>

#include "medcl/core/error.h"
#include "medcl/model/sam/sam.h"
#include "medcl/model/sam/test_fixtures.h"

namespace medcl::sam {
namespace {

class ReferencePrompts : public testing::Test {
 protected:
  void SetUp() override {
    const auto folder = fixtures_folder();
    if (!folder) GTEST_SKIP() << "no fixtures";
    const auto path = *folder / "sam_prompt_decoder";
    const NamedTensors weights = read_reference(path / "weights.safetensors").tensors;
    io_ = read_reference(path / "io.safetensors");
    encoder_ = PromptEncoder(prompt_encoder_options(weights, "weights.safetensors"));
    load_state(*encoder_, part_of(weights, "prompt_encoder."), "weights.safetensors");
    const auto grid = io_.config.at("grid").get<std::int64_t>();
    const auto side = io_.config.at("input_image_size").get<std::int64_t>();
    grid_ = {grid, grid};
    input_ = {side, side};
  }

  [[nodiscard]] torch::Tensor at(const std::string& name) const { return io_.tensors.at(name); }
  PromptTokens encode(const Prompts& prompts) { return encoder_(prompts, input_, grid_); }

  ReferenceFile io_;
  PromptEncoder encoder_{nullptr};
  PixelSize input_, grid_;
  torch::NoGradGuard no_grad_;
};

constexpr double kTolerance = 2e-6;

TEST_F(ReferencePrompts, PointsWithOnePaddingPoint) {
  const auto tokens = encode({.points_pn2 = at("in.points"), .labels_pn = at("in.labels")});
  EXPECT_LT(largest_difference(tokens.sparse_pnc, at("prompt.points.sparse")), kTolerance);
}

TEST_F(ReferencePrompts, PointsThatAreNone) {
  const auto tokens = encode({.points_pn2 = at("in.points3"), .labels_pn = at("in.labels3")});
  EXPECT_LT(largest_difference(tokens.sparse_pnc, at("prompt.points_with_pad.sparse")), kTolerance);
}

TEST_F(ReferencePrompts, Boxes) {
  const auto tokens = encode({.boxes_p4 = at("in.boxes")});
  EXPECT_LT(largest_difference(tokens.sparse_pnc, at("prompt.box.sparse")), kTolerance);
}

TEST_F(ReferencePrompts, PointsComeBeforeBoxesAndThenNeedNoPadding) {
  const auto tokens = encode(
      {.points_pn2 = at("in.points"), .labels_pn = at("in.labels"), .boxes_p4 = at("in.boxes")});
  EXPECT_LT(largest_difference(tokens.sparse_pnc, at("prompt.box_points.sparse")), kTolerance);
}

TEST_F(ReferencePrompts, Masks) {
  const auto tokens = encode({.points_pn2 = at("in.points"),
                              .labels_pn = at("in.labels"),
                              .masks_p1hw = at("in.mask_prompt")});
  EXPECT_LT(largest_difference(tokens.sparse_pnc, at("prompt.points_mask.sparse")), kTolerance);
  EXPECT_LT(largest_difference(tokens.dense_pchw, at("prompt.points_mask.dense")), kTolerance);
  const auto mask_only = encode({.masks_p1hw = at("in.mask_prompt")});
  EXPECT_EQ(mask_only.sparse_pnc.size(1), 0);
  EXPECT_LT(largest_difference(mask_only.dense_pchw, at("prompt.points_mask.dense")), kTolerance);
}

TEST_F(ReferencePrompts, NoPromptAtAll) {
  const auto tokens = encode({});
  EXPECT_EQ(tokens.sparse_pnc.sizes(), torch::IntArrayRef({1, 0, encoder_->options().width}));
  EXPECT_LT(largest_difference(tokens.dense_pchw, at("prompt.none.dense")), kTolerance);
}

TEST_F(ReferencePrompts, PositionsOfThePatches) {
  EXPECT_LT(largest_difference(encoder_->dense_positions(grid_), at("dense_pe")), kTolerance);
}

TEST(PromptEncoder, TextIsOneLinearLayerBehindAllOtherTokens) {
  PromptEncoder encoder(PromptEncoderOptions{.width = 8, .mask_channels = 4, .text_width = 5});
  randomise(*encoder, 1);
  const PixelSize size{32, 32}, grid{2, 2};
  const torch::Tensor boxes = torch::rand({3, 4}) * 32;
  const torch::Tensor first = torch::randn({3, 1, 5}), second = torch::randn({3, 1, 5});
  const auto token = [&](const torch::Tensor& features) {
    return encoder->forward({.boxes_p4 = boxes, .features_pnc = features}, size, grid)
        .sparse_pnc.narrow(1, 2, 1);
  };
  const auto all = encoder->forward({.boxes_p4 = boxes, .features_pnc = first}, size, grid);
  EXPECT_EQ(all.sparse_pnc.sizes(), torch::IntArrayRef({3, 3, 8}));
  const auto without = encoder->forward({.boxes_p4 = boxes}, size, grid);
  EXPECT_TRUE(torch::equal(all.sparse_pnc.narrow(1, 0, 2), without.sparse_pnc));
  // Mixing features or mixing tokens is the same, as Eq. (1) needs it.
  const torch::Tensor mixed = token(0.3 * first + 0.7 * second);
  EXPECT_LT(largest_difference(mixed, 0.3 * token(first) + 0.7 * token(second)), 1e-6);
}

ErrorCode code_of(PromptEncoder& encoder, const Prompts& prompts) {
  try {
    encoder->forward(prompts, {32, 32}, {2, 2});
  } catch (const Error& error) {
    return error.code();
  }
  return ErrorCode::kInterrupted;
}

TEST(PromptEncoder, RefusesWhatItCannotEncode) {
  PromptEncoder encoder(PromptEncoderOptions{.width = 8, .mask_channels = 0});
  const torch::Tensor points = torch::zeros({2, 1, 2});
  EXPECT_EQ(code_of(encoder, {.masks_p1hw = torch::zeros({1, 1, 8, 8})}),
            ErrorCode::kModelMismatch);
  EXPECT_EQ(code_of(encoder, {.features_pnc = torch::zeros({1, 1, 5})}), ErrorCode::kModelMismatch);
  EXPECT_EQ(code_of(encoder, {.points_pn2 = points}), ErrorCode::kFailure);
  EXPECT_EQ(code_of(encoder, {.points_pn2 = points, .labels_pn = torch::full({2, 1}, 2)}),
            ErrorCode::kFailure);
  EXPECT_EQ(code_of(encoder, {.points_pn2 = points,
                              .labels_pn = torch::zeros({2, 1}),
                              .boxes_p4 = torch::zeros({3, 4})}),
            ErrorCode::kFailure);
  PromptEncoder with_masks(PromptEncoderOptions{.width = 8, .mask_channels = 4});
  EXPECT_EQ(code_of(with_masks, {.masks_p1hw = torch::zeros({1, 1, 8, 12})}), ErrorCode::kFailure);
}

}  // namespace
}  // namespace medcl::sam
