// SPDX-License-Identifier: Apache-2.0
#include "medcl/model/sam/mask_decoder.h"

#include <gtest/gtest.h>

#include "medcl/core/error.h"
#include "medcl/model/sam/sam.h"
#include "medcl/model/sam/test_fixtures.h"

namespace medcl::sam {
namespace {

constexpr double kTolerance = 1e-5;

class ReferenceDecoder : public testing::Test {
 protected:
  void SetUp() override {
    const auto folder = fixtures_folder();
    if (!folder) GTEST_SKIP() << "no fixtures";
    path_ = *folder / "sam_prompt_decoder";
    io_ = read_reference(path_ / "io.safetensors");
    NamedTensors weights = read_reference(path_ / "weights.safetensors").tensors;
    weights["prompt_encoder.text_encoder_head.weight"] = at("in.text_linear.weight");
    weights["prompt_encoder.text_encoder_head.bias"] = at("in.text_linear.bias");
    prompts_ = PromptEncoder(prompt_encoder_options(weights, "weights"));
    decoder_ = MaskDecoder(mask_decoder_options(weights, "weights"));
    load_state(*prompts_, part_of(weights, "prompt_encoder."), "weights");
    load_state(*decoder_, part_of(weights, "mask_decoder."), "weights");
    const auto grid = io_.config.at("grid").get<std::int64_t>();
    const auto side = io_.config.at("input_image_size").get<std::int64_t>();
    grid_ = {grid, grid};
    input_ = {side, side};
  }

  [[nodiscard]] torch::Tensor at(const std::string& name) const { return io_.tensors.at(name); }

  [[nodiscard]] Prompts box_and_text() const {
    return {.boxes_p4 = at("in.boxes"), .features_pnc = at("in.text_feature").unsqueeze(1)};
  }

  Masks decode(std::int64_t image, const Prompts& prompts, MaskChoice choice = MaskChoice::kAll) {
    return decoder_(at("in.image_embedding").narrow(0, image, 1), prompts_->dense_positions(grid_),
                    prompts_(prompts, input_, grid_), choice);
  }

  void expect_case(const std::string& name, const Masks& masks) {
    EXPECT_LT(largest_difference(masks.logits_pkhw, at(name + ".masks")), kTolerance) << name;
    EXPECT_LT(largest_difference(masks.iou_pk, at(name + ".iou")), kTolerance) << name;
  }

  std::filesystem::path path_;
  ReferenceFile io_;
  PromptEncoder prompts_{nullptr};
  MaskDecoder decoder_{nullptr};
  PixelSize input_, grid_;
};

TEST_F(ReferenceDecoder, GivesAllMasksWithAndWithoutText) {
  const torch::NoGradGuard no_grad;
  expect_case("decode.box", decode(0, {.boxes_p4 = at("in.boxes")}));
  expect_case("decode.box_text", decode(0, box_and_text()));
  const PromptTokens tokens = prompts_(box_and_text(), input_, grid_);
  EXPECT_LT(largest_difference(tokens.sparse_pnc.narrow(1, 2, 1), at("text_token")), kTolerance);
}

TEST_F(ReferenceDecoder, GivesAllMasksForPointsAndAMask) {
  const torch::NoGradGuard no_grad;
  expect_case("decode.points_mask", decode(0, {.points_pn2 = at("in.points"),
                                               .labels_pn = at("in.labels"),
                                               .masks_p1hw = at("in.mask_prompt")}));
}

TEST_F(ReferenceDecoder, TheSingleMaskIsTheFirstAndTheOthersAreTheRest) {
  const torch::NoGradGuard no_grad;
  const Masks all = decode(1, box_and_text());
  const Masks one = decode(1, box_and_text(), MaskChoice::kSingle);
  EXPECT_LT(largest_difference(one.logits_pkhw, at("decode.box_text_image2.mask0")), kTolerance);
  EXPECT_LT(largest_difference(all.iou_pk, at("decode.box_text_image2.iou")), kTolerance);
  EXPECT_TRUE(torch::equal(one.iou_pk, all.iou_pk.narrow(1, 0, 1)));
  const Masks several = decode(1, box_and_text(), MaskChoice::kMultiple);
  EXPECT_LT(largest_difference(several.logits_pkhw, all.logits_pkhw.narrow(1, 1, 3)), kTolerance);
  EXPECT_TRUE(torch::equal(several.iou_pk, all.iou_pk.narrow(1, 1, 3)));
}

TEST_F(ReferenceDecoder, PromptsOfSeveralImagesAreDecodedTogether) {
  const torch::NoGradGuard no_grad;
  const torch::Tensor boxes = at("in.boxes");
  const PromptTokens tokens =
      prompts_->forward({.boxes_p4 = torch::cat({boxes, boxes})}, input_, grid_);
  const Masks both = decoder_(at("in.image_embedding"), prompts_->dense_positions(grid_), tokens,
                              MaskChoice::kAll);
  for (std::int64_t image = 0; image < 2; ++image) {
    const Masks alone = decode(image, {.boxes_p4 = boxes});
    EXPECT_LT(largest_difference(both.logits_pkhw.narrow(0, image * boxes.size(0), boxes.size(0)),
                                 alone.logits_pkhw),
              kTolerance);
  }
  EXPECT_THROW(decoder_(at("in.image_embedding"), prompts_->dense_positions(grid_),
                        prompts_->forward({.boxes_p4 = boxes}, input_, grid_), MaskChoice::kAll),
               Error);
}

TEST_F(ReferenceDecoder, GradientsOfTheSingleMaskAreThePublishedOnes) {
  const NamedTensors expected = read_reference(path_ / "gradients.safetensors").tensors;
  const torch::Tensor loss =
      decode(0, box_and_text(), MaskChoice::kSingle).logits_pkhw.sigmoid().mean();
  loss.backward();
  EXPECT_NEAR(loss.item<double>(), expected.at("loss").item<double>(), 1e-6);
  NamedTensors found;
  for (const auto& item : decoder_->named_parameters()) {
    found["grad.mask_decoder." + item.key()] = item.value().grad();
  }
  for (const auto& item : prompts_->named_parameters()) {
    if (item.key().starts_with("text_encoder_head.")) {
      found["grad.text_linear." + item.key().substr(18)] = item.value().grad();
    }
  }
  std::size_t compared = 0;
  for (const auto& [name, gradient] : expected) {
    if (name == "loss") continue;
    ASSERT_TRUE(found.count(name) != 0 && found.at(name).defined()) << name;
    const double scale = gradient.abs().max().item<double>();
    EXPECT_LE(largest_difference(found.at(name), gradient), 1e-4 * scale + 1e-8) << name;
    ++compared;
  }
  EXPECT_GT(compared, 80U);
  // What the single mask does not need gets no gradient at all, so that no optimiser shrinks it.
  for (const auto& [name, gradient] : found) {
    if (expected.count(name) == 0) {
      EXPECT_FALSE(gradient.defined()) << name;
    }
  }
}

}  // namespace
}  // namespace medcl::sam
