// SPDX-License-Identifier: Apache-2.0
#include "medcl/sampling/sampler.h"

#include <algorithm>

#include "medcl/core/error.h"
#include "medcl/core/random.h"

namespace medcl {

void SamplerOptions::describe(OptionTable table) {
  table.add("batch", batch, "images in a batch", 1, 4096);
  table.add("repeat", repeat, "how often a scribbled slice comes in an epoch", 1, 10000);
}

SliceSampler::SliceSampler(std::vector<SliceRef> slices, const SamplerOptions& options,
                           std::uint64_t seed)
    : batch_(options.batch), seed_(seed) {
  for (const SliceRef& slice : slices) {
    const auto copies = static_cast<std::size_t>(slice.scribbled ? options.repeat : 1);
    epoch_.insert(epoch_.end(), copies, slice);
  }
  if (std::none_of(slices.begin(), slices.end(), [](const SliceRef& s) { return s.scribbled; })) {
    fail(ErrorCode::kInvalidData, {.what = "no scribble in the training set",
                                   .where = "training cases",
                                   .expected = "at least one slice with annotated pixels",
                                   .found = std::to_string(slices.size()) + " slices without any",
                                   .remedy = "draw scribbles, or name scribbled cases"});
  }
}

std::int64_t SliceSampler::steps_per_epoch() const {
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(epoch_.size()) / batch_);
}

std::vector<SliceRef> SliceSampler::batch_at(std::int64_t step) const {
  const std::int64_t epoch = step / steps_per_epoch();
  const std::int64_t first = (step % steps_per_epoch()) * batch_;
  RandomStream random(
      {.seed = seed_, .epoch = static_cast<std::uint32_t>(epoch), .purpose = Purpose::kOrder});
  const auto count = static_cast<std::int64_t>(epoch_.size());
  const auto order = random.permutation(count);
  std::vector<SliceRef> batch;
  batch.reserve(static_cast<std::size_t>(batch_));
  for (std::int64_t i = 0; i < batch_; ++i) {
    batch.push_back(
        epoch_[static_cast<std::size_t>(order[static_cast<std::size_t>((first + i) % count)])]);
  }
  return batch;
}

}  // namespace medcl
