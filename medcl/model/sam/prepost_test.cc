// SPDX-License-Identifier: Apache-2.0
#include "medcl/model/sam/prepost.h"

#include <gtest/gtest.h>

#include "medcl/model/sam/test_fixtures.h"

namespace medcl::sam {
namespace {

class ReferenceImage : public testing::TestWithParam<int> {
 protected:
  void SetUp() override {
    const auto folder = fixtures_folder();
    if (!folder) GTEST_SKIP() << "no fixtures";
    reference_ = read_reference(*folder / "sam_prepost" / "prepost.safetensors");
    side_ = reference_.config.at("target").get<std::int64_t>();
    size_ = {at("in.grey").size(0), at("in.grey").size(1)};
  }

  [[nodiscard]] torch::Tensor at(const std::string& name) const {
    return reference_.tensors.at(name + "." + std::to_string(GetParam()));
  }

  ReferenceFile reference_;
  std::int64_t side_ = 0;
  PixelSize size_;
};

/// The share of pixels in which two masks differ.
double share_of_differences(const torch::Tensor& mask, const torch::Tensor& expected) {
  return mask.ne(expected.to(torch::kBool)).to(torch::kFloat64).mean().item<double>();
}

TEST_P(ReferenceImage, MedsamImagesFillARangeAndASquare) {
  const torch::Tensor grey_11hw = at("in.grey").to(torch::kFloat32).unsqueeze(0).unsqueeze(0);
  const torch::Tensor image = medsam_images(grey_11hw, side_).squeeze(0);
  EXPECT_LT(largest_difference(image, at("torch01")), 1e-5);
}

TEST_P(ReferenceImage, SamImagesHaveImageNetsStatistics) {
  const torch::Tensor scaled_3hw =
      at("sam.resized_u8").permute({2, 0, 1}).to(torch::kFloat32).contiguous();
  const torch::Tensor input = at("sam.input_pil");  // zeros below and to the right of the image
  const auto expected = input.narrow(1, 0, scaled_3hw.size(1)).narrow(2, 0, scaled_3hw.size(2));
  EXPECT_LT(largest_difference(imagenet_normalised(scaled_3hw), expected), 1e-5);
}

TEST_P(ReferenceImage, MasksComeBackOntoTheImage) {
  const torch::Tensor probability = resize_bilinear(at("in.low_res_logits").sigmoid(), size_);
  EXPECT_LT(largest_difference(probability, at("medsam.post_prob")), 1e-5);
  EXPECT_LE(share_of_differences(probability > 0.5, at("medsam.post_mask")), 1e-4);
}

INSTANTIATE_TEST_SUITE_P(Images, ReferenceImage, testing::Values(0, 1, 2));

TEST(MedsamImages, OfConstantsAreZero) {
  const torch::Tensor image = medsam_images(torch::full({1, 2, 5, 7}, 3.0), 16);
  EXPECT_EQ(image.abs().max().item<double>(), 0.0);
}

}  // namespace
}  // namespace medcl::sam
