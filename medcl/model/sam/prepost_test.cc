// SPDX-License-Identifier: Apache-2.0
#include "medcl/model/sam/prepost.h"

#include <gtest/gtest.h>

#include "medcl/core/error.h"
#include "medcl/model/sam/spline_resize.h"
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

  [[nodiscard]] bool has(const std::string& name) const {
    return reference_.tensors.count(name + "." + std::to_string(GetParam())) != 0;
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

TEST_P(ReferenceImage, MedsamImagesAreThoseOfEveryPublishedWay) {
  const auto expect = [&](const char* name, MedsamResize resize, double tolerance) {
    if (!has(name)) return 0;
    const torch::Tensor image = medsam_image(at("in.grey"), side_, resize);
    EXPECT_LT(largest_difference(image, at(name)), tolerance) << name;
    return 1;
  };
  const int compared =
      expect("torch01", MedsamResize::kBicubic, 1e-5) +
      expect("torch01_antialias", MedsamResize::kBicubicAntialias, 1e-5) +
      expect("skimage01", MedsamResize::kSpline, 1e-5) +
      expect("medsam.inference", MedsamResize::kPublishedInference, 1.0 / 255 + 1e-4) +
      expect("medsam.train", MedsamResize::kPublishedTraining, 1e-5);
  EXPECT_GE(compared, 3);
}

TEST_P(ReferenceImage, SamImagesAreScaledNormalisedAndPadded) {
  const torch::Tensor scaled = sam_scaled_bytes(at("in.rgb"), side_);
  EXPECT_LE(largest_difference(scaled, at("sam.resized_u8")), 1);
  EXPECT_LT(largest_difference(sam_image(at("sam.resized_u8"), side_), at("sam.input_pil")), 1e-5);
  const torch::Tensor image = sam_image(sam_scaled(at("in.rgb"), side_), side_);
  EXPECT_LT(largest_difference(image, at("sam.input_torch")), 1e-5);
}

TEST_P(ReferenceImage, PromptsFollowTheImage) {
  constexpr double kTolerance = 1e-4;
  EXPECT_LT(largest_difference(sam_coordinates(at("in.boxes"), size_, side_), at("sam.boxes")),
            kTolerance);
  EXPECT_LT(largest_difference(sam_coordinates(at("in.points"), size_, side_), at("sam.points")),
            kTolerance);
  EXPECT_LT(largest_difference(medsam_boxes(at("in.boxes"), size_, side_), at("medsam.boxes")),
            kTolerance);
}

TEST_P(ReferenceImage, MasksComeBackOntoTheImage) {
  const torch::Tensor logits = sam_logits(at("in.low_res_logits"), size_, side_);
  EXPECT_LT(largest_difference(logits, at("sam.post_logits")), 2e-5);
  EXPECT_LE(share_of_differences(logits > 0, at("sam.post_mask")), 1e-4);
  const torch::Tensor probability = medsam_probabilities(at("in.low_res_logits"), size_);
  EXPECT_LT(largest_difference(probability, at("medsam.post_prob")), 1e-5);
  EXPECT_LE(share_of_differences(probability > 0.5, at("medsam.post_mask")), 1e-4);
}

INSTANTIATE_TEST_SUITE_P(Images, ReferenceImage, testing::Values(0, 1, 2));

TEST(SamIntensities, MrAndCtBecomeThePublishedBytes) {
  const auto folder = fixtures_folder();
  if (!folder) GTEST_SKIP() << "no fixtures";
  const NamedTensors tensors =
      read_reference(*folder / "sam_prepost" / "prepost.safetensors").tensors;
  const torch::Tensor mr = tensors.at("in.volume.mr"), bounds = tensors.at("volume.mr_bounds");
  const IntensityWindow window = mr_window(mr);
  EXPECT_NEAR(window.low, bounds[0].item<double>(), 1e-9);
  EXPECT_NEAR(window.high, bounds[1].item<double>(), 1e-9);
  EXPECT_LE(largest_difference(mr_to_bytes(mr), tensors.at("volume.mr_u8")), 1);
  EXPECT_LE(largest_difference(ct_to_bytes(tensors.at("in.volume.ct")), tensors.at("volume.ct_u8")),
            1);
}

TEST(SamIntensities, RefuseAnMrWithoutSignalAndStandConstantImages) {
  EXPECT_THROW(mr_window(torch::zeros({2, 3, 3})), Error);
  for (const auto resize : {MedsamResize::kBicubic, MedsamResize::kPublishedTraining}) {
    EXPECT_TRUE(medsam_image(torch::full({5, 7}, 3.0), 16, resize).isfinite().all().item<bool>());
  }
}

TEST(SplineResize, PassesThroughThePixelsAndKeepsConstants) {
  torch::manual_seed(1);
  const torch::Tensor image = torch::rand({9, 13});
  EXPECT_LT(largest_difference(resize_spline(image, 9, 13, SplineBorder::kMirror), image), 1e-6);
  // Three times as many pixels: every third has the place of an original one.
  const torch::Tensor large = resize_spline(image, 27, 39, SplineBorder::kMirror);
  EXPECT_LT(largest_difference(large.slice(0, 1, 27, 3).slice(1, 1, 39, 3), image), 1e-6);
  const torch::Tensor flat =
      resize_spline(torch::full({9, 13}, 0.25), 5, 40, SplineBorder::kMirror);
  EXPECT_LT(largest_difference(flat, torch::full({5, 40}, 0.25)), 1e-6);
}

TEST(SplineResize, ZerosAroundDarkenOnlyTheRim) {
  const torch::Tensor image = torch::full({20, 20}, 1.0);
  image[10][10] = 0;  // the range of the image is that of the result
  const torch::Tensor bright = resize_spline(image, 40, 40, SplineBorder::kMirror);
  const torch::Tensor dark = resize_spline(image, 40, 40, SplineBorder::kZero);
  EXPECT_LT(largest_difference(dark.slice(0, 16, 26).slice(1, 16, 26),
                               bright.slice(0, 16, 26).slice(1, 16, 26)),
            1e-3);
  EXPECT_LT(dark[0][0].item<double>(), 0.8);
  EXPECT_GT(bright[0][0].item<double>(), 0.99);
}

TEST(SamSizes, LongerSideReachesTheModelInput) {
  for (const auto& [size, expected] : {std::pair{PixelSize{480, 640}, PixelSize{768, 1024}},
                                       {PixelSize{256, 256}, PixelSize{1024, 1024}},
                                       {PixelSize{2000, 3}, PixelSize{1024, 2}}}) {
    const PixelSize scaled = sam_scaled_size(size, 1024);
    EXPECT_EQ(scaled.height, expected.height);
    EXPECT_EQ(scaled.width, expected.width);
  }
}

}  // namespace
}  // namespace medcl::sam
