// SPDX-License-Identifier: Apache-2.0
#include "medcl/methods/medcl_method.h"

#include <algorithm>

#include "medcl/core/error.h"
#include "medcl/kernels/by_image.h"
#include "medcl/kernels/log_likelihood.h"
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
  if (options.mix_target == MixTarget::kStudent && options.teacher.prior.strength > 0) {
    fail(ErrorCode::kUsage, {.what = "corrects a teacher's target, and there is no teacher",
                             .where = "anatomy.prior",
                             .expected = "0, or mix.target \"teacher\" or \"both\""});
  }
  if (options.mix_target != MixTarget::kStudent) {
    teacher_ = std::make_unique<TeacherTarget>(options.teacher, context);
  }
}

MethodNeeds MedclMethod::needs(const MedclOptions& options, const MethodContext& context) {
  const auto unions =
      options.union_outputs ? kept_unions(context.classes - 1, context.seed).size() : 0;
  const bool teacher = options.mix_target != MixTarget::kStudent;
  return {.network = {.extra_outputs = static_cast<std::int64_t>(unions)},
          // The images and their mixtures, by blends, by boxes or by both.
          .passes = options.mix_target == MixTarget::kBoth ? 3.0 : 2.0,
          .trained_values = DistributionTerms::trained_values(options, context),
          .following_networks = teacher ? 1.0 : 0.0,
          .unlabelled = true,
          .intra_mix = true,
          .clean_view = teacher};
}

MedclMethod::Output MedclMethod::output(Network& network, const torch::Tensor& image_bcs) const {
  const auto all = network.forward(image_bcs).logits_bks;
  const auto logits = fast::uses(all.narrow(1, 0, context_.classes), 2);
  const auto prob = fast::uses(fast::softmax(logits[1]), 3);
  return {logits[0], prob[0], prob[1], prob[2],
          all.narrow(1, context_.classes, static_cast<std::int64_t>(unions_.size()))};
}

torch::Tensor MedclMethod::cross_entropy(const Output& output,
                                         const torch::Tensor& target_bks) const {
  return partial_cross_entropy_from_logits(output.logits_bks,
                                           balanced_annotation(target_bks, options_.balance));
}

LossTerms MedclMethod::losses(const Step& step) {
  const Batch& batch = step.batch;
  RandomStream set_random = step.random(Purpose::kClassSets);
  const ClassSets sets = drawn_sets(set_random);
  const torch::Tensor target = batch.annotation.weights(context_.classes);
  const Output original = output(step.network, batch.image_bcs);

  LossTerms terms;
  terms.add("scribble_ce", cross_entropy(original, target), options_.weight_ce);
  terms.add("scribble_dice", dice_term(options_, original.prob_bks, target), options_.weight_dice);
  terms.add("category", category_loss(original.prob_bks, batch.present_bk),
            options_.weight_category);
  Mixture mixture;
  if (teacher_) mixture = add_teacher_terms(step, terms);
  if (options_.mix_target != MixTarget::kTeacher) {
    mixture = add_blend_terms(step, original, sets, terms);
  }
  if (options_.union_outputs) {
    terms.add("union_ce",
              union_term(original, target) + union_term(mixture.output, mixture.strokes_bks),
              options_.weight_union_ce);
  }
  if (distribution_.active(batch.step)) {
    const auto background = [](const Output& output) { return output.prob_bks.narrow(1, 0, 1); };
    distribution_.add({maps_of(original, sets), maps_of(mixture.output, sets), background(original),
                       background(mixture.output)},
                      sets, terms);
  }
  return terms;
}

MedclMethod::Mixture MedclMethod::add_blend_terms(const Step& step, const Output& original,
                                                  const ClassSets& sets, LossTerms& terms) {
  const torch::Tensor& image = step.batch.image_bcs;
  RandomStream random = step.random(Purpose::kInterMix);
  const InterMixDraw inter =
      draw_inter_mix(options_.inter_mix, image.size(0), random, image.device());
  const torch::Tensor target = inter.mix(step.batch.annotation.weights(context_.classes));
  const Output mixed = output(step.network, inter.mix(image));
  terms.add("mixed_ce", cross_entropy(mixed, target), options_.weight_mixed_ce);
  terms.add("mix", mix_term(options_, mix_maps(original, sets), mix_maps(mixed, sets), inter),
            options_.weight_mix);
  return {mixed, target};
}

MedclMethod::Mixture MedclMethod::add_teacher_terms(const Step& step, LossTerms& terms) {
  const StrongView view = teacher_->draw(step);
  const Output strong = output(step.network, view.image_bcs);
  terms.add("strong_ce", cross_entropy(strong, view.strokes_bks), options_.weight_mixed_ce);
  const double weight = options_.weight_pseudo * view.weight;
  terms.add("pseudo_ce", cross_entropy(strong, view.target_bks), weight);
  terms.add("pseudo_dice", partial_dice(strong.prob_bks, view.target_bks), weight);
  return {strong, view.strokes_bks};
}

ClassSets MedclMethod::drawn_sets(RandomStream& random) const {
  const std::int64_t m = context_.classes - 1;
  return options_.union_outputs ? nested_kept_sets(m, context_.seed, random)
                                : nested_class_sets(m, random);
}

torch::Tensor MedclMethod::maps_of(const Output& output, const ClassSets& sets) const {
  if (!options_.union_outputs) {
    return anatomy_maps(output.map_prob_bks, sets);
  }
  std::vector<torch::Tensor> maps{output.prob_bks.narrow(1, 1, sets.m)};
  for (const auto& set : sets.sets) {
    const auto index = std::find(unions_.begin(), unions_.end(), set) - unions_.begin();
    maps.push_back(output.union_logits_bus.narrow(1, index, 1).sigmoid());
  }
  return torch::cat(maps, 1);
}

torch::Tensor MedclMethod::mix_maps(const Output& output, const ClassSets& sets) const {
  return options_.mix_maps == MixMaps::kAnatomy ? maps_of(output, sets) : output.mix_prob_bks;
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
