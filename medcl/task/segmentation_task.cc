// SPDX-License-Identifier: Apache-2.0
#include "medcl/task/segmentation_task.h"

#include "medcl/format/json_text.h"
#include "medcl/run/metrics_log.h"
#include "medcl/task/dense_labels.h"
#include "medcl/task/slices.h"

namespace medcl {
namespace {

SliceUse use_of(const RunOptions& options, const MethodNeeds& needs) {
  return {.scribbled = options.train.scribbled,
          .unlabelled = needs.unlabelled && options.sample.unlabelled != UnlabelledUse::kNone,
          .intra_mix = needs.intra_mix,
          .clean_view = needs.clean_view,
          .sampler = options.sampler};
}

OptionNames names_of(RunOptions options) {
  OptionNames names;
  const OptionTable table = options.table();
  for (const Option& one : table.options()) names.insert(one.name);
  return names;
}

std::int64_t channels_of(const Dataset& dataset) {
  return static_cast<std::int64_t>(dataset.channel_names.size());
}

}  // namespace

SegmentationTask::SegmentationTask(const Dataset& dataset, const RunOptions& options,
                                   const std::filesystem::path& run,
                                   const std::filesystem::path& cache, const TrainingHooks& hooks)
    : needs_(needs_of(options)),
      cases_(dataset, options, use_of(options, needs_), cache, hooks),
      models_(dataset, options, store(), split(), run),
      learner_(options, needs_, channels_of(dataset)),
      options_(names_of(options)) {
  if (needs_.dense_labels && !options.train.untrained) {
    require_dense_labels(store(), cases_.slices(), split(), options.method.name);
  }
  if (has_masks_only(store(), split(), options.train.scribbled)) learned_from_ = LabelKind::kMasks;
  if (const std::string note = measure_note(measure());
      hooks.on_note && can_judge() && !note.empty()) {
    hooks.on_note("validation cases: " + note);
  }
  if (!options.train.allow_missing_class && !options.train.untrained) {
    require_every_class(store(), cases_.slices(), dataset.labels);
  }
}

Batch SegmentationTask::batch(std::int64_t step) const {
  Batch batch = cases_.batch(learner_.method().image_step(step));
  batch.step = step;
  return batch;
}

std::string SegmentationTask::measure() const { return models_.measure(); }

std::optional<Judgement> SegmentationTask::judge(const NamedTensors& averaged, std::int64_t step) {
  if (!can_judge()) return std::nullopt;
  const ValidationResult& result = models_.judge(averaged, step);
  return Judgement{
      .measure = measure(),
      .score = result.mean,
      .parts = result.dice,
      .record = {{"measure", measure()},
                 {"dice", named_values_json(result.dice)},
                 {"mean", result.mean},
                 {"largest_component", result.components.rule}},
      .alarms = alarms_of(result.volumes, learned_from_, models_.judged_on(), options_)};
}

Json SegmentationTask::kept() const { return {{"components", models_.components().to_json()}}; }

void SegmentationTask::restore(const Json& values) {
  reading_json("broken values", "checkpoint", [&] {
    models_.set_components(ComponentRule::from_json(
        values.value("components", ComponentRule{}.to_json()), "checkpoint"));
  });
}

}  // namespace medcl
