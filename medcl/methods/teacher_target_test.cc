// SPDX-License-Identifier: Apache-2.0
#include "medcl/methods/teacher_target.h"

#include <gtest/gtest.h>

#include "medcl/core/error.h"
#include "medcl/methods/test_networks.h"

namespace medcl {
namespace {

constexpr std::int64_t kSide = 32, kClasses = 3, kImages = 4;

/// Logits of a disc of class 1 whose left half is class 2, sure as `sharpness` says.
torch::Tensor disc_logits(double sharpness) {
  const auto along = torch::arange(kSide, torch::kFloat32) - 15.5;
  const auto inside = along.square().unsqueeze(0) + along.square().unsqueeze(1) < 64;
  const auto left = (along < 0).unsqueeze(0).expand({kSide, kSide});
  const auto class_s = inside.to(torch::kInt64) * (1 + left.to(torch::kInt64));
  const auto one_hot = torch::nn::functional::one_hot(class_s, kClasses).permute({2, 0, 1});
  return (sharpness * one_hot).unsqueeze(0).expand({kImages, -1, -1, -1}).to(torch::kFloat32);
}

/// Images without a stroke but for a row of class 1 in the first.
Batch clean_images(double progress) {
  torch::manual_seed(3);
  Batch batch;
  batch.clean_image_bcs = torch::randn({kImages, 1, kSide, kSide});
  batch.clean_labels_bs = torch::full({kImages, kSide, kSide}, 255, torch::kUInt8);
  batch.clean_labels_bs[0][2].fill_(1);
  batch.image_bcs = torch::full_like(batch.clean_image_bcs, 9);  // nobody looks at it
  batch.annotation.labels_bs = torch::zeros_like(batch.clean_labels_bs);
  batch.present_bk = torch::ones({kImages, kClasses});
  batch.progress = progress;
  return batch;
}

struct Drawn {
  std::unique_ptr<TeacherTarget> teacher;
  StrongView view;
};

Drawn draw(const TeacherTargetOptions& options, const Batch& batch, double sharpness = 20) {
  const NetworkOutput output{.logits_bks = disc_logits(sharpness)};
  auto teacher = std::make_unique<TeacherTarget>(options, fixed_context(kClasses, {output}));
  FixedNetwork student(output);
  StrongView view = teacher->draw({student, batch, 1});
  return {std::move(teacher), std::move(view)};
}

const TeacherTargetOptions kPlain{.strong = {0, 0, 0}, .box = 0};

TEST(TeacherTarget, SaysWhatTheTeacherIsSureOfAndStrokesStandAboveIt) {
  const StrongView view = draw(kPlain, clean_images(1)).view;
  const auto sure = disc_logits(1);
  EXPECT_EQ(view.weight, 1);
  EXPECT_TRUE(view.target_bks.slice(0, 1).equal(sure.slice(0, 1)));
  EXPECT_EQ(view.target_bks[0].select(1, 2)[1].min().item<double>(), 1) << "the strokes' row";
  EXPECT_EQ(view.strokes_bks.sum().item<double>(), kSide);
  EXPECT_EQ(draw(kPlain, clean_images(1), /*sharpness=*/0.1).view.target_bks.sum().item<double>(),
            kSide)
      << "of what it is not sure of only the strokes are left";
}

TEST(TeacherTarget, IsTheStrokesAloneBeforeTheRampBegins) {
  const StrongView view = draw(kPlain, clean_images(0.1)).view;
  EXPECT_EQ(view.weight, 0);
  EXPECT_TRUE(view.target_bks.equal(view.strokes_bks));
}

TEST(TeacherTarget, AnAbsentClassIsNoTarget) {
  Batch batch = clean_images(1);
  batch.present_bk.select(1, 2).zero_();
  EXPECT_EQ(draw(kPlain, batch).view.target_bks.select(1, 2).sum().item<double>(), 0);
}

TEST(TeacherTarget, ABoxShowsAnotherImageWithItsStrokesAndItsTarget) {
  TeacherTargetOptions options = kPlain;
  options.box = 1;
  options.box_min = options.box_max = 1;  // all of it
  const Batch batch = clean_images(1);
  const StrongView view = draw(options, batch).view;
  std::int64_t with_strokes = -1;
  for (std::int64_t b = 0; b < kImages; ++b) {
    std::int64_t shown = -1;
    for (std::int64_t other = 0; other < kImages; ++other) {
      if (view.image_bcs[b].equal(batch.clean_image_bcs[other])) shown = other;
    }
    ASSERT_GE(shown, 0);
    EXPECT_NE(shown, b);
    if (shown == 0) with_strokes = b;
  }
  ASSERT_GE(with_strokes, 0);
  EXPECT_EQ(view.strokes_bks[with_strokes].sum().item<double>(), kSide);
  EXPECT_EQ(view.strokes_bks.sum().item<double>(), kSide);
}

TEST(TeacherTarget, OptionsThatDoNotFitAreRefusedByName) {
  const auto refused = [](const TeacherTargetOptions& options, int axes) -> std::string {
    MethodContext context = fixed_context(kClasses, {{.logits_bks = disc_logits(1)}});
    context.network.axes = axes;
    try {
      TeacherTarget(options, context);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kUsage);
      return error.what();
    }
    return "";
  };
  TeacherTargetOptions prior = kPlain, boxes = kPlain;
  prior.prior.strength = 0.5;
  boxes.box_min = 0.8;
  EXPECT_EQ(refused(prior, 2), "");
  EXPECT_NE(refused(prior, 3).find("anatomy.prior"), std::string::npos);
  EXPECT_NE(refused(boxes, 2).find("strong.box_min"), std::string::npos);
}

TEST(TeacherTarget, ThePriorLearnsFromScribbledImagesAlone) {
  TeacherTargetOptions options = kPlain;
  options.prior.strength = 0.5;
  const auto sum_of = [&](const Batch& batch) {
    const Drawn drawn = draw(options, batch);
    double sum = 0;
    for (const auto& buffer : drawn.teacher->module()->named_buffers()) {
      if (buffer.key().ends_with("seen_gg")) sum = buffer.value().sum().item<double>();
    }
    return sum;
  };
  Batch batch = clean_images(1);
  EXPECT_GT(sum_of(batch), 0);
  batch.clean_labels_bs.fill_(255);
  EXPECT_EQ(sum_of(batch), 0);
}

}  // namespace
}  // namespace medcl
