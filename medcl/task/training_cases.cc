// SPDX-License-Identifier: Apache-2.0
#include "medcl/task/training_cases.h"

#include "medcl/task/data_record.h"
#include "medcl/task/slices.h"

namespace medcl {
namespace {

SampleOptions sample_for(const RunOptions& options, const SliceUse& use) {
  SampleOptions sample = options.sample;
  sample.intra_mix.enabled &= use.intra_mix;
  sample.clean_view = use.clean_view;
  return sample;
}

}  // namespace

TrainingCases::TrainingCases(const Dataset& dataset, const RunOptions& options, const SliceUse& use,
                             const std::filesystem::path& cache, const TrainingHooks& hooks)
    : split_(chosen_split(dataset, options.train)),
      store_(CaseStore::build(dataset, options.prepare, cache, hooks.on_prepare)),
      data_(data_record(dataset, store_, split_)),
      slices_(training_slices(store_, split_, use.scribbled, use.unlabelled,
                              options.sample.crop.depth)),
      sampler_(slices_, use.sampler, static_cast<std::uint64_t>(options.train.seed)),
      sample_(sample_for(options, use)),
      seed_(static_cast<std::uint64_t>(options.train.seed)) {}

Batch TrainingCases::batch(std::int64_t step) const {
  return make_batch(store_, sampler_.batch_at(step), sample_, seed_, step);
}

}  // namespace medcl
