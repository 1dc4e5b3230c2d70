// SPDX-License-Identifier: Apache-2.0
#include "medcl/training/pretrain.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <vector>

#include "medcl/core/error.h"
#include "medcl/model/initialise.h"
#include "medcl/model/network_threads.h"
#include "medcl/model/sam/backbone.h"
#include "medcl/sampling/batch_loader.h"
#include "medcl/training/adam.h"
#include "medcl/training/slices.h"

namespace medcl {
namespace {

constexpr std::uint32_t kHeadPart = 4, kHiddenSample = 1;

double mean(const std::vector<double>& values, std::size_t first, std::size_t count) {
  const auto begin = values.begin() + static_cast<std::ptrdiff_t>(first);
  return std::accumulate(begin, begin + static_cast<std::ptrdiff_t>(count), 0.0) /
         static_cast<double>(count);
}

/// 1 where a patch is hidden, [b, 1, side, side].
torch::Tensor hidden_pixels(std::int64_t batch, std::int64_t grid, std::int64_t patch, double share,
                            RandomStream& random) {
  torch::Tensor hidden_bn = torch::zeros({batch, grid * grid});
  auto hidden = hidden_bn.accessor<float, 2>();
  const auto count =
      std::max<std::int64_t>(1, std::llround(share * static_cast<double>(grid * grid)));
  for (std::int64_t b = 0; b < batch; ++b) {
    const auto order = random.permutation(grid * grid);
    for (std::int64_t i = 0; i < count; ++i) hidden[b][order[static_cast<std::size_t>(i)]] = 1;
  }
  return hidden_bn.view({batch, 1, grid, grid})
      .repeat_interleave(patch, 2)
      .repeat_interleave(patch, 3);
}

/// The encoder, the layer that paints pixels from its embeddings, and their optimiser.
class Painter {
 public:
  Painter(sam::Backbone& backbone, const PretrainOptions& pretrain, std::uint64_t seed)
      : backbone_(backbone),
        pretrain_(pretrain),
        seed_(seed),
        patch_(backbone.options().encoder_patch),
        head_(torch::nn::Conv2dOptions(backbone.options().decoder_width, 3 * patch_ * patch_, 1)),
        optimiser_(parameters(), {.beta2 = 0.95, .weight_decay = 0.05}) {
    initialise_weights(*head_, seed, kHeadPart);
  }

  double step(const Batch& batch) {
    const auto image = backbone_.model_input(batch.image_bchw);
    RandomStream random({.seed = seed_,
                         .epoch = static_cast<std::uint32_t>(batch.step),
                         .sample = kHiddenSample,
                         .purpose = Purpose::kDropout});
    const auto hidden = hidden_pixels(image.size(0), image.size(2) / patch_, patch_,
                                      pretrain_.hidden_share, random);
    const auto shown = torch::where(hidden.gt(0), image.mean({1, 2, 3}, true), image);
    const auto painted =
        torch::pixel_shuffle(head_->forward(backbone_.sam()->encode(shown)), patch_);
    const auto loss = ((painted - image).abs() * hidden).sum() / (3 * hidden.sum());
    optimiser_.zero_grad();
    loss.backward();
    const double value = loss.item<double>();
    if (!std::isfinite(value) || !optimiser_.gradient_is_finite().item<bool>()) {
      fail(ErrorCode::kFailure, {.what = "the loss is not finite",
                                 .where = "pre-training",
                                 .found = "step " + std::to_string(batch.step + 1),
                                 .remedy = "lower --learning-rate"});
    }
    const ScheduleOptions schedule{.learning_rate = pretrain_.learning_rate,
                                   .kind = LearningRateCourse::kCosine,
                                   .warmup_steps = pretrain_.steps / 20};
    optimiser_.step(
        learning_rate_at(schedule, batch.step,
                         static_cast<double>(batch.step) / static_cast<double>(pretrain_.steps)));
    return value;
  }

 private:
  std::vector<std::pair<std::string, torch::Tensor>> parameters() {
    std::vector<std::pair<std::string, torch::Tensor>> all;
    for (auto& entry : backbone_.sam()->image_encoder->named_parameters()) {
      entry.value().set_requires_grad(true);
      all.emplace_back("encoder." + entry.key(), entry.value());
    }
    for (auto& entry : head_->named_parameters()) {
      all.emplace_back("head." + entry.key(), entry.value());
    }
    return all;
  }

  sam::Backbone& backbone_;
  PretrainOptions pretrain_;
  std::uint64_t seed_;
  std::int64_t patch_;
  torch::nn::Conv2d head_;
  Adam optimiser_;
};

}  // namespace

void PretrainOptions::describe(OptionTable table) {
  table.add("steps", steps, "optimiser steps", 1, 1e9);
  table.add("hidden_share", hidden_share, "share of the patches that are hidden", 0.01, 0.99);
  table.add("learning_rate", learning_rate, "peak learning rate", 1e-7, 1);
}

PretrainResult pretrain_encoder(const Dataset& dataset, const RunOptions& options,
                                const PretrainOptions& pretrain, const std::filesystem::path& cache,
                                const PretrainProgress& progress,
                                const PrepareProgress& on_prepare) {
  if (options.network.backbone != "sam") {
    fail(ErrorCode::kUsage, {.what = "only a SAM has an encoder to pre-train",
                             .where = "network.backbone",
                             .expected = "sam",
                             .found = options.network.backbone});
  }
  const auto start = std::chrono::steady_clock::now();
  const auto seed = static_cast<std::uint64_t>(options.train.seed);
  const CaseStore store = CaseStore::build(dataset, options.prepare, cache, on_prepare);
  const SliceSampler sampler(
      training_slices(store, chosen_split(dataset, options.train), {}, /*keep_unlabelled=*/true),
      {.batch = options.sampler.batch, .repeat = 1}, seed);
  SampleOptions sample = options.sample;
  sample.classes = dataset.labels.class_count();
  sample.intra_mix.enabled = false;
  const auto backbone = sam::make_backbone(options.network.sam,
                                           static_cast<std::int64_t>(dataset.channel_names.size()),
                                           sample.classes, seed);
  Painter painter(*backbone, pretrain, seed);
  set_libtorch_threads(static_cast<int>(options.train.threads));
  BatchLoader loader(
      [&](std::int64_t step) {
        return make_batch(store, sampler.batch_at(step), sample, seed, step);
      },
      options.train.workers, 0, pretrain.steps);
  std::vector<double> losses;
  for (std::int64_t step = 0; step < pretrain.steps; ++step) {
    losses.push_back(painter.step(loader.next()));
    if (progress && !progress(step + 1, losses.back())) break;
  }
  const std::size_t tenth = std::max<std::size_t>(1, losses.size() / 10);
  return {static_cast<std::int64_t>(losses.size()), mean(losses, 0, tenth),
          mean(losses, losses.size() - tenth, tenth),
          std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(),
          state_of(*backbone->sam())};
}

void write_pretrained(const std::filesystem::path& path, const PretrainResult& result) {
  write_tensors(path, result.sam, {{"made_by", "medcl pretrain"}});
}

}  // namespace medcl
