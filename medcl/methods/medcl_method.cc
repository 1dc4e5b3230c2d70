// SPDX-License-Identifier: Apache-2.0
#include "medcl/methods/medcl_method.h"

#include <algorithm>

#include "medcl/methods/medcl_sam.h"
#include "medcl/methods/medcl_terms.h"
#include "medcl/objective/category.h"
#include "medcl/objective/scribble.h"

namespace medcl {
MedclMethod::MedclMethod(const MedclOptions& options, const MethodContext& context)
    : options_(options), context_(context), distribution_(options, context) {
  if (options.union_outputs) {
    unions_ = kept_unions(context.classes - 1, context.seed);
  }
}

MethodNeeds MedclMethod::needs(const MedclOptions& options, const MethodContext& context) {
  const auto unions =
      options.union_outputs ? kept_unions(context.classes - 1, context.seed).size() : 0;
  return {.network = {.extra_outputs = static_cast<std::int64_t>(unions)},
          .passes = 2,  // the images and their mixtures
          .trained_values = DistributionTerms::trained_values(options, context),
          .unlabelled = true,
          .intra_mix = true};
}

MedclMethod::Output MedclMethod::output(Network& network, const torch::Tensor& image_bcs) const {
  const auto all = network.forward(image_bcs).logits_bks;
  const auto logits = all.narrow(1, 0, context_.classes);
  return {logits, logits.softmax(1),
          all.narrow(1, context_.classes, static_cast<std::int64_t>(unions_.size()))};
}

LossTerms MedclMethod::losses(const Step& step) {
  const Batch& batch = step.batch;
  RandomStream mix_random = step.random(Purpose::kInterMix);
  RandomStream set_random = step.random(Purpose::kClassSets);
  const InterMixDraw inter = draw_inter_mix(options_.inter_mix, batch.image_bcs.size(0), mix_random,
                                            batch.image_bcs.device());
  const ClassSets sets = drawn_sets(set_random);
  const torch::Tensor target = batch.annotation.weights(context_.classes);

  const Output original = output(step.network, batch.image_bcs);
  const Output mixed = output(step.network, inter.mix(batch.image_bcs));

  LossTerms terms;
  const auto cross_entropy = [this](const Output& output, const torch::Tensor& annotation) {
    return partial_cross_entropy_from_logits(output.logits_bks,
                                             balanced_annotation(annotation, options_.balance));
  };
  terms.add("scribble_ce", cross_entropy(original, target), options_.weight_ce);
  terms.add("scribble_dice", dice_term(options_, original.prob_bks, target), options_.weight_dice);
  terms.add("category", category_loss(original.prob_bks, batch.present_bk),
            options_.weight_category);
  const torch::Tensor mixed_target = inter.mix(target);
  terms.add("mixed_ce", cross_entropy(mixed, mixed_target), options_.weight_mixed_ce);
  terms.add("mix", mix_term(options_, mix_maps(original, sets), mix_maps(mixed, sets), inter),
            options_.weight_mix);
  if (options_.union_outputs) {
    terms.add("union_ce", union_term(original, target) + union_term(mixed, mixed_target),
              options_.weight_union_ce);
  }
  if (distribution_.active(batch.step)) {
    const auto background = [](const Output& output) { return output.prob_bks.narrow(1, 0, 1); };
    distribution_.add(
        {maps_of(original, sets), maps_of(mixed, sets), background(original), background(mixed)},
        sets, terms);
  }
  return terms;
}

ClassSets MedclMethod::drawn_sets(RandomStream& random) const {
  const std::int64_t m = context_.classes - 1;
  return options_.union_outputs ? nested_kept_sets(m, context_.seed, random)
                                : nested_class_sets(m, random);
}

torch::Tensor MedclMethod::maps_of(const Output& output, const ClassSets& sets) const {
  if (!options_.union_outputs) {
    return anatomy_maps(output.prob_bks, sets);
  }
  std::vector<torch::Tensor> maps{output.prob_bks.narrow(1, 1, sets.m)};
  for (const auto& set : sets.sets) {
    const auto index = std::find(unions_.begin(), unions_.end(), set) - unions_.begin();
    maps.push_back(output.union_logits_bus.narrow(1, index, 1).sigmoid());
  }
  return torch::cat(maps, 1);
}

torch::Tensor MedclMethod::mix_maps(const Output& output, const ClassSets& sets) const {
  return options_.mix_maps == MixMaps::kAnatomy ? maps_of(output, sets) : output.prob_bks;
}

torch::Tensor MedclMethod::union_term(const Output& output, const torch::Tensor& target_bks) const {
  const auto members = membership({context_.classes - 1, unions_}, target_bks.options());
  return union_cross_entropy(output.union_logits_bus, target_bks, members);
}

namespace {

AnyOptions options_for(bool prompts) {
  return prompts ? AnyOptions(MedclSamOptions{}) : AnyOptions(MedclOptions{});
}

MethodNeeds needs_of(const AnyOptions& options, const MethodContext& context) {
  return context.network.prompts ? MedclSamMethod::needs(options.as<MedclSamOptions>(), context)
                                 : MedclMethod::needs(options.as<MedclOptions>(), context);
}

std::unique_ptr<Method> make(const AnyOptions& options, const MethodContext& context) {
  if (context.network.prompts) {
    return std::make_unique<MedclSamMethod>(options.as<MedclSamOptions>(), context);
  }
  return std::make_unique<MedclMethod>(options.as<MedclOptions>(), context);
}

}  // namespace

MethodEntry medcl_method() {
  return {.name = "medcl",
          .help = "mixing, anatomy distribution, scribbles and categories",
          .options = options_for,
          .needs = needs_of,
          .make = make};
}

}  // namespace medcl
