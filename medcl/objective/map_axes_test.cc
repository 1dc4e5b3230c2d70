// SPDX-License-Identifier: Apache-2.0
#include "medcl/objective/map_axes.h"

#include <gtest/gtest.h>

#include "medcl/objective/absent.h"
#include "medcl/objective/anatomy_consistency.h"
#include "medcl/objective/category.h"
#include "medcl/objective/mapping.h"
#include "medcl/objective/mix_consistency.h"
#include "medcl/objective/reference_cases.h"
#include "medcl/objective/scribble.h"

namespace medcl {
namespace {

constexpr std::int64_t kBatch = 2, kClasses = 4;

/// Maps of slices and the same numbers as volumes.
struct Pair {
  torch::Tensor slices, volumes;
  explicit Pair(const torch::Tensor& maps_bkhw)
      : slices(maps_bkhw), volumes(maps_bkhw.view({kBatch, maps_bkhw.size(1), 3, 2, 5})) {}
};

void expect_same(const torch::Tensor& of_slices, const torch::Tensor& of_volumes) {
  EXPECT_NEAR(of_slices.item<double>(), of_volumes.item<double>(), 1e-12);
}

TEST(MapAxes, TermsOfVolumesAreThoseOfTheirPixels) {
  const Pair logits(random_normal({kBatch, kClasses, 6, 5}, 1));
  const Pair prob(logits.slices.softmax(1));
  const Pair target(random_annotation({kBatch, kClasses, 6, 5}, 2));
  const auto present = torch::tensor({{1., 0., 1., -1.}, {1., 1., 0., 0.}}, torch::kFloat64);
  expect_same(partial_cross_entropy(prob.slices, target.slices),
              partial_cross_entropy(prob.volumes, target.volumes));
  expect_same(partial_cross_entropy_from_logits(logits.slices, target.slices),
              partial_cross_entropy_from_logits(logits.volumes, target.volumes));
  expect_same(partial_dice(prob.slices, target.slices), partial_dice(prob.volumes, target.volumes));
  expect_same(whole_image_dice(prob.slices, target.slices),
              whole_image_dice(prob.volumes, target.volumes));
  expect_same(category_loss(prob.slices, present), category_loss(prob.volumes, present));
  expect_same(mix_consistency_loss(prob.slices, target.slices),
              mix_consistency_loss(prob.volumes, target.volumes));
  const Pair masks(logits.slices.narrow(1, 1, 3).contiguous());
  expect_same(absent_class_loss(masks.slices, present), absent_class_loss(masks.volumes, present));
  EXPECT_TRUE(balanced_annotation(target.volumes, 0.5)
                  .flatten(2)
                  .equal(balanced_annotation(target.slices, 0.5).flatten(2)));
}

TEST(MapAxes, TermsOfUnionsAndCodesTakeVolumes) {
  const Pair prob(random_normal({kBatch, kClasses, 6, 5}, 3).softmax(1));
  const Pair target(random_annotation({kBatch, kClasses, 6, 5}, 4));
  const ClassSets sets{.m = 3, .sets = {{0, 2}, {0, 1, 2}}};
  const Pair maps(anatomy_maps(prob.slices, sets));
  EXPECT_TRUE(anatomy_maps(prob.volumes, sets).equal(maps.volumes));
  const auto codes = random_normal({kBatch, 5, 7}, 5);
  const auto flat = anatomy_consistency_loss(maps.slices, codes, sets);
  const auto deep = anatomy_consistency_loss(maps.volumes, codes, sets);
  expect_same(flat.segmentation, deep.segmentation);
  expect_same(flat.prototypes, deep.prototypes);
  expect_same(pixel_mapping_loss(codes, maps.slices, {}, 0.1),
              pixel_mapping_loss(codes, maps.volumes, {}, 0.1));
  const auto members = membership(sets, torch::kFloat64);
  const Pair unions(random_normal({kBatch, 2, 6, 5}, 6));
  expect_same(union_cross_entropy(unions.slices, target.slices, members),
              union_cross_entropy(unions.volumes, target.volumes, members));
}

}  // namespace
}  // namespace medcl
