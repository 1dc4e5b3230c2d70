// SPDX-License-Identifier: Apache-2.0
#include "medcl/task/segmentation_task.h"

#include "medcl/format/json_text.h"
#include "medcl/run/metrics_log.h"
#include "medcl/task/data_record.h"
#include "medcl/task/slices.h"

namespace medcl {
namespace {

MethodNeeds needs_of(const RunOptions& options) {
  return options.method.needs(method_context(options));
}

std::vector<SliceRef> slices_of(const CaseStore& store, const Split& split,
                                const RunOptions& options) {
  const bool unlabelled =
      needs_of(options).unlabelled && options.sample.unlabelled != UnlabelledUse::kNone;
  return training_slices(store, split, options.train.scribbled, unlabelled);
}

/// Those of the options that the method makes use of.
SampleOptions sample_for(const RunOptions& options) {
  SampleOptions sample = options.sample;
  sample.intra_mix.enabled &= needs_of(options).intra_mix;
  return sample;
}

std::int64_t channels_of(const Dataset& dataset) {
  return static_cast<std::int64_t>(dataset.channel_names.size());
}

}  // namespace

SegmentationTask::SegmentationTask(const Dataset& dataset, const RunOptions& options,
                                   const std::filesystem::path& run,
                                   const std::filesystem::path& cache, const TrainingHooks& hooks)
    : split_(chosen_split(dataset, options.train)),
      store_(CaseStore::build(dataset, options.prepare, cache, hooks.on_prepare)),
      data_(data_record(dataset, store_, split_)),
      models_(dataset, options, store_, split_, run),
      learner_(options, channels_of(dataset)),
      slices_(slices_of(store_, split_, options)),
      sampler_(slices_, options.sampler, static_cast<std::uint64_t>(options.train.seed)),
      sample_(sample_for(options)),
      seed_(static_cast<std::uint64_t>(options.train.seed)) {
  if (!options.train.allow_missing_class && !options.train.untrained) {
    require_every_class(store_, slices_, dataset.labels);
  }
}

Batch SegmentationTask::batch(std::int64_t step) const {
  const std::int64_t drawn = learner_.method().image_step(step);
  Batch batch = make_batch(store_, sampler_.batch_at(drawn), sample_, seed_, drawn);
  batch.step = step;
  return batch;
}

std::optional<Judgement> SegmentationTask::judge(const NamedTensors& averaged, std::int64_t step) {
  if (!can_judge()) return std::nullopt;
  const ValidationResult& result = models_.judge(averaged, step);
  return Judgement{.measure = "Dice",
                   .score = result.mean,
                   .parts = result.dice,
                   .record = {{"dice", named_values_json(result.dice)},
                              {"mean", result.mean},
                              {"largest_component", result.components.rule}}};
}

Json SegmentationTask::kept() const { return {{"components", models_.components().to_json()}}; }

void SegmentationTask::restore(const Json& values) {
  reading_json("broken values", "checkpoint", [&] {
    models_.set_components(ComponentRule::from_json(
        values.value("components", ComponentRule{}.to_json()), "checkpoint"));
  });
}

}  // namespace medcl
