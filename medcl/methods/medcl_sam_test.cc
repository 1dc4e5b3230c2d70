// SPDX-License-Identifier: Apache-2.0
#include "medcl/methods/medcl_sam.h"

#include <gtest/gtest.h>

#include "medcl/core/error.h"
#include "medcl/model/networks.h"
#include "medcl/model/sam/network.h"
#include "medcl/model/sam/test_network.h"

namespace medcl {
namespace {

constexpr std::int64_t kSide = 16, kClasses = 4;

std::shared_ptr<sam::SamNetwork> tiny(sam::Background background = sam::Background::kSoftmax) {
  auto options = sam::tiny_network();
  options.background = background;
  return sam::make_sam_network(options, 1, kClasses, 3);
}

Batch small_batch(torch::ScalarType type = torch::kFloat32) {
  torch::manual_seed(5);
  Batch batch;
  batch.image_bcs = torch::randn({3, 1, kSide, kSide}).to(type);
  const auto labels = torch::randint(0, 3 * kClasses, {3, 1, kSide, kSide});  // most: no class
  batch.annotation.target_bks =
      labels.eq(torch::arange(kClasses).view({1, kClasses, 1, 1})).to(type);
  batch.present_bk =
      torch::tensor({{1., 1., 1., 1.}, {1., 0., 1., 0.}, {-1., -1., -1., -1.}}, type);
  batch.kept_box_b6 = torch::tensor(
      {{0., 2., 1., 1., 12., 14.}, {0., 0., 0., 1., 16., 16.}, {0., 3., 3., 1., 9., 9.}}, type);
  return batch;
}

MedclSamMethod method_of(const MedclSamOptions& options) {
  return {options,
          {.map = {1, kSide, kSide},
           .classes = kClasses,
           .seed = 1,
           .network = {.prompts = true, .map_side = kSide, .embeddings_last = true}}};
}

LossTerms losses_of(MedclSamMethod& method, Network& network, const Batch& batch) {
  return method.losses({network, batch, /*seed=*/1});
}

std::map<std::string, double> terms_of(const LossTerms& losses) {
  std::map<std::string, double> terms;
  for (const LossTerm& term : losses.terms) terms[term.name] = term.value.item<double>();
  return terms;
}

TEST(MedclSam, HasEveryTermOfTheObjective) {
  auto method = method_of({});
  const auto network = tiny();
  const auto terms = terms_of(losses_of(method, *network, small_batch()));
  for (const char* name : {"scribble_ce", "scribble_dice", "category", "absent", "mixed_ce", "mix",
                           "prompt_ce", "mapping", "cluster", "anatomy"}) {
    ASSERT_EQ(terms.count(name), 1U) << name;
    EXPECT_TRUE(std::isfinite(terms.at(name))) << name;
  }
}

TEST(MedclSam, EveryReadingOfTheBackgroundTrains) {
  for (const auto& [name, background] : sam::choices(sam::Background{})) {
    auto method = method_of({});
    const auto network = tiny(background);
    total_loss(losses_of(method, *network, small_batch())).backward();
    for (const auto& entry : network->named_parameters()) {
      if (!entry.value().requires_grad()) continue;
      ASSERT_TRUE(entry.value().grad().defined()) << name << " " << entry.key();
      EXPECT_TRUE(entry.value().grad().isfinite().all().item<bool>()) << name << " " << entry.key();
    }
  }
}

TEST(MedclSam, AStepIsAFunctionOfItsKey) {
  const auto network = tiny();
  auto method = method_of({}), again = method_of({});
  Batch batch = small_batch();
  const auto first = terms_of(losses_of(method, *network, batch));
  EXPECT_EQ(first, terms_of(losses_of(again, *network, batch)));
  batch.step = 1;
  EXPECT_NE(first, terms_of(losses_of(method, *network, batch)));
}

TEST(MedclSam, AnnotationsAtTwiceTheResolutionMeanTheSame) {
  const auto network = tiny();
  auto method = method_of({});
  Batch batch = small_batch(), fine = small_batch();
  fine.annotation.target_bks =
      batch.annotation.target_bks.repeat_interleave(2, 2).repeat_interleave(2, 3);
  const auto coarse_terms = terms_of(losses_of(method, *network, batch));
  const auto fine_terms = terms_of(losses_of(method, *network, fine));
  for (const auto& [name, value] : coarse_terms) {
    EXPECT_NEAR(fine_terms.at(name), value, 1e-5) << name;
  }
}

/// Fourth-order differences of the loss at entries of a parameter against its gradient.
void expect_derivative(MedclSamMethod& method, sam::SamNetwork& network, const Batch& batch,
                       const std::string& name, torch::Tensor parameter) {
  const auto loss = [&] { return total_loss(losses_of(method, network, batch)).item<double>(); };
  const torch::NoGradGuard no_grad;
  const auto gradient = parameter.grad().flatten();
  const double largest = std::max(1e-6, gradient.abs().max().item<double>());
  double* values = parameter.data_ptr<double>();
  for (std::int64_t i = 0; i < parameter.numel();
       i += std::max<std::int64_t>(1, parameter.numel() / 2)) {
    constexpr double kStep = 1e-5;  // small: the decoder has kinks
    const double x = values[i];
    const auto at = [&](double offset) {
      values[i] = x + offset;
      return loss();
    };
    const double near = at(kStep) - at(-kStep), far = at(2 * kStep) - at(-2 * kStep);
    values[i] = x;
    EXPECT_NEAR((8 * near - far) / (12 * kStep), gradient[i].item<double>(), 1e-5 * largest)
        << name << " " << i;
  }
}

TEST(MedclSam, GradientIsTheDerivativeOfTheLossInFloat64) {
  MedclSamOptions options;
  options.medcl.mix_maps = MixMaps::kAnatomy;
  // The balanced assignment is a constant of its step, so its loss is not the function it seems.
  options.medcl.weight_mapping = 0;
  options.pool.reuse = 1;  // what is kept has half precision
  auto method = method_of(options);
  const auto network = tiny();
  network->to(torch::kFloat64);
  method.trained()->to(torch::kFloat64);
  const Batch batch = small_batch(torch::kFloat64);
  total_loss(losses_of(method, *network, batch)).backward();
  for (const char* name :
       {"sam.prompt_encoder.text_encoder_head.weight", "sam.mask_decoder.mask_tokens.weight",
        "sam.mask_decoder.output_upscaling.0.weight",
        "sam.mask_decoder.transformer.layers.1.cross_attn_token_to_image.k_proj.weight",
        "sam.mask_decoder.output_hypernetworks_mlps.0.layers.2.bias"}) {
    expect_derivative(method, *network, batch, name, network->named_parameters()[name]);
  }
}

TEST(MedclSam, RefusesOtherNetworksUnionOutputsAndATeacher) {
  MedclSamOptions options;
  options.medcl.union_outputs = true;
  EXPECT_THROW(method_of(options), Error);
  options.medcl.union_outputs = false;
  options.medcl.mix_target = MixTarget::kTeacher;
  EXPECT_THROW(method_of(options), Error);
  const auto unet = make_network({"unet", {"network.width=2"}}, {1, kClasses}, 1);
  auto method = method_of({});
  EXPECT_THROW(losses_of(method, *unet, small_batch()), Error);
}

}  // namespace
}  // namespace medcl
