// SPDX-License-Identifier: Apache-2.0
#include "medcl/pretraining/encoder_task.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "medcl/core/error.h"
#include "medcl/core/random.h"
#include "medcl/model/initialise.h"
#include "medcl/model/libtorch_state.h"

namespace medcl {
namespace {

constexpr std::uint32_t kHeadPart = 4, kHiddenSample = 1;

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

/// Every slice, whether somebody drew in it or not.
SliceUse use_of(const RunOptions& options) {
  return {.unlabelled = true, .sampler = {.batch = options.sampler.batch, .repeat = 1}};
}

std::shared_ptr<sam::SamNetwork> sam_of(const RunOptions& options, std::int64_t channels) {
  if (!options.network.traits().prompts) {
    fail(ErrorCode::kUsage, {.what = "only a SAM has an encoder to pre-train",
                             .where = "network.name",
                             .expected = "a network with prompts",
                             .found = options.network.name});
  }
  const auto network = std::dynamic_pointer_cast<sam::SamNetwork>(
      make_network(options.network, {.channels = channels, .classes = options.sample.classes},
                   static_cast<std::uint64_t>(options.train.seed)));
  for (auto& parameter : network->sam()->image_encoder->parameters()) {
    parameter.set_requires_grad(true);
  }
  place_network(*network, torch::Device(options.train.device), options.train.precision);
  network->train();
  return network;
}

torch::nn::Conv2d make_head(const sam::SamNetworkOptions& options, std::uint64_t seed) {
  const SeededGenerators generators(seed, torch::kCPU);  // constructors of modules draw
  torch::nn::Conv2d head(torch::nn::Conv2dOptions(
      options.decoder_width, 3 * options.encoder_patch * options.encoder_patch, 1));
  initialise_weights(*head, seed, kHeadPart);
  return head;
}

}  // namespace

void PretrainOptions::describe(OptionTable table) {
  table.add("hidden_share", hidden_share, "share of the patches that are hidden", 0.01, 0.99);
}

EncoderTask::EncoderTask(const Dataset& dataset, const RunOptions& options,
                         const PretrainOptions& pretrain, std::filesystem::path run,
                         const std::filesystem::path& cache, const TrainingHooks& hooks)
    : pretrain_(pretrain),
      run_(std::move(run)),
      cases_(dataset, options, use_of(options), cache, hooks),
      seed_(static_cast<std::uint64_t>(options.train.seed)),
      network_(sam_of(options, static_cast<std::int64_t>(dataset.channel_names.size()))),
      head_(make_head(network_->options(), seed_)) {
  head_->to(torch::Device(options.train.device));
}

std::vector<ModuleGroup> EncoderTask::modules() {
  return {{"network", network_->sam()->image_encoder.get()}, {"head", head_.get()}};
}

LossTerms EncoderTask::losses(const Batch& batch) {
  const std::int64_t patch = network_->options().encoder_patch;
  const auto image = network_->model_input(batch.image_bcs);
  RandomStream random({.seed = seed_,
                       .epoch = static_cast<std::uint32_t>(batch.step),
                       .sample = kHiddenSample,
                       .purpose = Purpose::kDropout});
  const auto hidden =
      hidden_pixels(image.size(0), image.size(2) / patch, patch, pretrain_.hidden_share, random)
          .to(image.device());
  const auto shown = torch::where(hidden.gt(0), image.mean({1, 2, 3}, true), image);
  const auto painted = torch::pixel_shuffle(head_->forward(network_->sam()->encode(shown)), patch);
  LossTerms terms;
  terms.add("painting", ((painted - image).abs() * hidden).sum() / (3 * hidden.sum()));
  return terms;
}

void EncoderTask::save_last(const NamedTensors& averaged, std::int64_t step, const Json& ending) {
  NamedTensors sam = state_of(*network_->sam());
  for (const auto& [name, tensor] : averaged) sam["image_encoder." + name] = tensor;
  write_tensors(run_ / "encoder.safetensors", sam,
                {{"made_by", "medcl pretrain"},
                 {"steps", std::to_string(step)},
                 {"ending", ending.at("reason").get<std::string>()}});
}

}  // namespace medcl
