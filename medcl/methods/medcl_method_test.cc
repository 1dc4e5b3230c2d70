// SPDX-License-Identifier: Apache-2.0
#include "medcl/methods/medcl_method.h"

#include <gtest/gtest.h>

#include <cmath>

#include "medcl/core/error.h"

namespace medcl {
namespace {

constexpr std::int64_t kSide = 16, kClasses = 4;
const MethodContext kContext{.map = {1, kSide, kSide}, .classes = kClasses, .seed = 1};

/// A pixel-wise classifier: enough for the terms to have gradients.
class PixelClassifier : public Network {
 public:
  explicit PixelClassifier(std::int64_t outputs) {
    torch::manual_seed(4);
    weight_ = register_parameter("weight", torch::randn({outputs}));
  }
  void set_compute_type(torch::ScalarType /*type*/) override {}
  torch::Tensor weight_;

 private:
  NetworkOutput pass(const torch::Tensor& image_bcs, const ClassPrompts* /*prompts*/) override {
    std::vector<std::int64_t> shape(static_cast<std::size_t>(image_bcs.dim()), 1);
    shape[1] = -1;
    return {.logits_bks = image_bcs * weight_.view(shape)};
  }
};

Batch small_batch(std::int64_t step) {
  torch::manual_seed(5);
  Batch batch;
  batch.image_bcs = torch::randn({4, 1, kSide, kSide});
  const auto labels = torch::randint(0, 3 * kClasses, {4, 1, kSide, kSide});  // most: no class
  batch.annotation.target_bks =
      labels.eq(torch::arange(kClasses).view({1, kClasses, 1, 1})).to(torch::kF32);
  batch.present_bk = torch::ones({4, kClasses});
  batch.step = step;
  return batch;
}

struct Outcome {
  std::map<std::string, double> terms;
  torch::Tensor gradient;
};

Outcome outcome_of(const MedclOptions& options, const MethodContext& context, const Batch& batch) {
  MedclMethod method(options, context);
  PixelClassifier network(context.classes +
                          MedclMethod::needs(options, context).network.extra_outputs);
  const LossTerms losses = method.losses({network, batch, /*seed=*/1});
  total_loss(losses).backward();
  Outcome result{{}, network.weight_.grad()};
  for (const LossTerm& term : losses.terms) result.terms[term.name] = term.value.item<double>();
  return result;
}

Outcome outcome(const MedclOptions& options, std::int64_t step = 0) {
  return outcome_of(options, kContext, small_batch(step));
}

TEST(MedclMethod, EveryAlternativeTrainsAndChangesItsTerm) {
  struct Alternative {
    const char* term;
    void (*apply)(MedclOptions&);
  };
  const std::vector<Alternative> alternatives = {
      {"mapping", [](MedclOptions& o) { o.mapping_samples = MappingSamples::kPixels; }},
      {"mapping", [](MedclOptions& o) { o.mapping_normalise = false; }},
      {"mapping", [](MedclOptions& o) { o.mapping.head = MappingKind::kLinearNorm; }},
      {"mapping", [](MedclOptions& o) { o.mapping.head = MappingKind::kMlp; }},
      {"cluster", [](MedclOptions& o) { o.cluster_rows = ClusterRows::kMaps; }},
      {"cluster", [](MedclOptions& o) { o.cluster_rows = ClusterRows::kClassesAndBackground; }},
      {"cluster", [](MedclOptions& o) { o.cluster_rows = ClusterRows::kMapsAndBackground; }},
      {"cluster", [](MedclOptions& o) { o.cluster.reduction = ClusterReduction::kRatioOfSums; }},
      {"cluster", [](MedclOptions& o) { o.cluster_codes = ClusterCodes::kBoth; }},
      {"mix", [](MedclOptions& o) { o.mix_maps = MixMaps::kAnatomy; }},
      {"anatomy", [](MedclOptions& o) { o.union_outputs = true; }},
      {"mixed_ce", [](MedclOptions& o) { o.inter_mix.partner = MixPartner::kReversed; }},
      {"scribble_dice", [](MedclOptions& o) { o.dice = DiceForm::kWholeImage; }},
  };
  const Outcome plain = outcome({});
  for (std::size_t i = 0; i < alternatives.size(); ++i) {
    MedclOptions options;
    alternatives[i].apply(options);
    const Outcome other = outcome(options);
    const std::string term = alternatives[i].term;
    EXPECT_NE(other.terms.at(term), plain.terms.at(term)) << i << " " << term;
    EXPECT_TRUE(other.gradient.isfinite().all().item<bool>()) << i << " " << term;
    EXPECT_GT(other.gradient.abs().max().item<double>(), 0) << i << " " << term;
  }
}

TEST(MedclMethod, Equation5HasAGradientOnlyWithUnionOutputs) {
  MedclOptions options;
  options.weight_ce = options.weight_dice = options.weight_category = options.weight_mix = 0;
  options.weight_mixed_ce = options.weight_mapping = options.weight_cluster = 0;
  options.weight_union_ce = 0;
  EXPECT_LT(outcome(options).gradient.abs().max().item<double>(), 1e-4);
  options.union_outputs = true;
  EXPECT_GT(outcome(options).gradient.abs().max().item<double>(), 1e-3);
}

TEST(MedclMethod, TakesAVolumeForItsPixels) {
  const Batch slices = small_batch(0);
  Batch volumes = slices;
  const auto folded = [](const torch::Tensor& slices_bkhw) {
    return slices_bkhw.reshape({slices_bkhw.size(0), slices_bkhw.size(1), 4, kSide / 4, kSide});
  };
  volumes.image_bcs = folded(slices.image_bcs);
  volumes.annotation.target_bks = folded(slices.annotation.target_bks);
  MethodContext context = kContext;
  context.map = {4, kSide / 4, kSide};
  MedclOptions options;
  options.union_outputs = true;
  options.balance = 0.5;
  const Outcome flat = outcome_of(options, kContext, slices);
  const Outcome deep = outcome_of(options, context, volumes);
  ASSERT_EQ(deep.terms.size(), flat.terms.size());
  for (const auto& [term, value] : flat.terms)
    EXPECT_NEAR(deep.terms.at(term), value, 1e-5) << term;
  EXPECT_TRUE(torch::allclose(deep.gradient, flat.gradient, 1e-3, 1e-5));
}

TEST(MedclMethod, TrainsThirteenClasses) {
  constexpr std::int64_t kMany = 14;
  torch::manual_seed(5);
  Batch batch;
  batch.image_bcs = torch::randn({2, 1, 4, kSide, kSide});
  const auto labels = torch::randint(0, 3 * kMany, {2, 4, kSide, kSide});
  batch.annotation.labels_bs = labels.masked_fill(labels.ge(kMany), 255).to(torch::kUInt8);
  batch.present_bk = torch::ones({2, kMany});
  for (const bool union_outputs : {false, true}) {
    MedclOptions options;
    options.union_outputs = union_outputs;
    const MethodContext context{.map = {4, kSide, kSide}, .classes = kMany, .seed = 1};
    EXPECT_EQ(MedclMethod::needs(options, context).network.extra_outputs, union_outputs ? 12 : 0);
    const Outcome many = outcome_of(options, context, batch);
    for (const auto& [term, value] : many.terms) EXPECT_TRUE(std::isfinite(value)) << term;
    EXPECT_TRUE(many.gradient.isfinite().all().item<bool>());
    EXPECT_GT(many.gradient.abs().max().item<double>(), 0);
  }
}

TEST(MedclMethod, DistributionTermsBeginAtTheirStep) {
  MedclOptions options;
  options.distribution_from = 7;
  for (const char* term : {"mapping", "cluster", "anatomy"}) {
    EXPECT_EQ(outcome(options, 6).terms.count(term), 0U) << term;
    EXPECT_EQ(outcome(options, 7).terms.count(term), 1U) << term;
  }
}

TEST(MedclMethod, APriorWithoutATeacherIsRefused) {
  MedclOptions options;
  options.teacher.prior.strength = 0.5;
  try {
    const MedclMethod method(options, kContext);
    FAIL() << "nothing would be corrected";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUsage);
  }
}

TEST(MedclMethod, WithoutDistributionTermsThereIsNoMappingToTrain) {
  MedclOptions options;
  options.weight_mapping = options.weight_cluster = options.weight_anatomy = 0;
  MedclMethod method(options, kContext);
  EXPECT_EQ(method.trained(), nullptr);
  EXPECT_EQ(outcome(options).terms.count("mapping"), 0U);
}

}  // namespace
}  // namespace medcl
