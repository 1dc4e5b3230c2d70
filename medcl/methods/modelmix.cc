// SPDX-License-Identifier: Apache-2.0
// ModelMix: a network with one layer between those of two networks must say of a turned image what
// the first says of the image.
//
// Source: Zhang & Patel, ModelMix, MICCAI 2024. The original mixes networks of two tasks; here both
// learn the same one. docs/reference/methods.md says what differs.
#include "medcl/methods/between.h"
#include "medcl/methods/method.h"
#include "medcl/methods/scribble_terms.h"
#include "medcl/mixing/inter_mix.h"
#include "medcl/objective/mix_consistency.h"
#include "medcl/objective/scribble.h"

namespace medcl {
namespace {

constexpr std::uint32_t kLayerStream = 1;  // beside that of the blends

struct ModelMixOptions {
  double alpha = 0.5;
  ScribbleTermOptions strokes{.weight_dice = 1};
  double weight_mixed_ce = 1, weight_mix = 1, weight_between = 1, weight_invariance = 1;

  void describe(OptionTable table) {
    strokes.describe(table);
    table.add("modelmix.alpha", alpha,
              "Beta(alpha, alpha) of the share of the first network in a layer, and of the first "
              "image in a blend",
              0.01, 100);
    const auto weight = [&table](const char* name, double& field, const std::string& of) {
      table.add(name, field, "weight of the " + of, 0, 1000);
    };
    weight("weight.mixed_ce", weight_mixed_ce, "cross-entropy on blended images");
    weight("weight.mix", weight_mix, "consistency of blends");
    weight("weight.between", weight_between, "scribble terms of the network between both");
    weight("weight.invariance", weight_invariance,
           "agreement of the network between both with the first on turned images");
  }
};

/// By quarter turns in the plane of a slice.
torch::Tensor turned(const torch::Tensor& maps, std::int64_t quarters) {
  return torch::rot90(maps, quarters, {maps.dim() - 2, maps.dim() - 1});
}

class ModelMixMethod final : public Method {
 public:
  ModelMixMethod(const ModelMixOptions& options, const MethodContext& context)
      : options_(options),
        classes_(context.classes),
        second_(context.make_network(context.seed + 1)),
        between_(context.make_network(context.seed)) {}

  LossTerms losses(const Step& step) override {
    // The recorded passes of a network replace gradients that come from elsewhere.
    Network& first = step.network.original();
    const torch::Tensor& image = step.batch.image_bcs;
    const torch::Tensor strokes = step.batch.annotation.weights(classes_);
    LossTerms terms;
    const auto own_logits = first.forward(image).logits_bks;
    add_scribble_terms(options_.strokes, "scribble", own_logits, strokes, terms);
    add_blends(step, first, own_logits.softmax(1), strokes, terms);
    LossTerms of_second;
    add_scribble_terms(options_.strokes, "scribble", second_->forward(image).logits_bks, strokes,
                       of_second);
    add_named("second_", of_second, 1, terms);
    add_between(step, first, own_logits.softmax(1), strokes, terms);
    return terms;
  }

  torch::nn::Module* trained() override { return second_.get(); }

 private:
  void add_blends(const Step& step, Network& first, const torch::Tensor& prob_bks,
                  const torch::Tensor& strokes, LossTerms& terms) const {
    RandomStream random = step.random(Purpose::kInterMix);
    const InterMixDraw draw =
        draw_inter_mix({.beta = options_.alpha}, prob_bks.size(0), random, prob_bks.device());
    const auto logits = first.forward(draw.mix(step.batch.image_bcs)).logits_bks;
    terms.add("mixed_ce", partial_cross_entropy_from_logits(logits, draw.mix(strokes)),
              options_.weight_mixed_ce);
    terms.add("mix", 1 + mix_consistency_loss(logits.softmax(1), draw.mix(prob_bks)),
              options_.weight_mix);
  }

  void add_between(const Step& step, const Network& first, const torch::Tensor& prob_bks,
                   const torch::Tensor& strokes, LossTerms& terms) {
    RandomStream random = step.random(Purpose::kInterMix, kLayerStream);
    const std::int64_t layer = random.integer(between_.layers());
    const double share = random.beta(options_.alpha, options_.alpha);
    const std::int64_t quarters = random.integer(4);
    const auto logits = between_.logits(first, *second_, layer, share,
                                        turned(step.batch.image_bcs, quarters).contiguous());
    LossTerms own;
    add_scribble_terms(options_.strokes, "scribble", logits, turned(strokes, quarters), own);
    add_named("between_", own, options_.weight_between, terms);
    terms.add("invariance",
              1 + mix_consistency_loss(turned(logits.softmax(1), -quarters), prob_bks),
              options_.weight_invariance);
  }

  static void add_named(const std::string& prefix, const LossTerms& from, double weight,
                        LossTerms& terms) {
    for (const LossTerm& one : from.terms) {
      terms.add(prefix + one.name, one.value, weight * one.weight);
    }
  }

  ModelMixOptions options_;
  std::int64_t classes_;
  std::shared_ptr<Network> second_;
  Between between_;
};

/// Four passes, of which what the gradient of one needs for a while counts once.
MethodNeeds needs() { return {.passes = 3.5, .learning_networks = 1, .following_networks = 2}; }

}  // namespace

MethodEntry modelmix_method() {
  return {.name = "modelmix",
          .help = "ModelMix: layers between those of two networks",
          .options = [](bool /*prompts*/) { return AnyOptions(ModelMixOptions{}); },
          .needs = [](const AnyOptions&, const MethodContext&) { return needs(); },
          .make = [](const AnyOptions& options,
                     const MethodContext& context) -> std::unique_ptr<Method> {
            return std::make_unique<ModelMixMethod>(options.as<ModelMixOptions>(), context);
          }};
}

}  // namespace medcl
