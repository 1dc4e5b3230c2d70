// SPDX-License-Identifier: Apache-2.0
#include "medcl/inference/poll.h"

#include <algorithm>

#include "medcl/core/error.h"
#include "medcl/inference/sliding_window.h"

namespace medcl {
namespace {

class EvaluationMode {
 public:
  explicit EvaluationMode(Network& network) : network_(network), training_(network.is_training()) {
    network_.eval();
  }
  ~EvaluationMode() { network_.train(training_); }
  EvaluationMode(const EvaluationMode&) = delete;
  EvaluationMode& operator=(const EvaluationMode&) = delete;

 private:
  Network& network_;
  bool training_;
  torch::NoGradGuard no_gradient_;
};

torch::Device device_of(const Network& network) {
  const auto parameters = network.parameters();
  return parameters.empty() ? torch::Device(torch::kCPU) : parameters.front().device();
}

}  // namespace

SliceSource::SliceSource(const std::vector<Image>& channels, const PrepareOptions& options)
    : channels_(channels), options_(options), size_(prepared_size(channels[0].geometry, options)) {
  for (const Image& image : channels) statistics_.push_back(volume_statistics(image, options));
}

torch::Tensor SliceSource::volume_bcdhw() const {
  return batch_bchw(0, slices()).transpose(0, 1).unsqueeze(0).contiguous();
}

torch::Tensor SliceSource::batch_bchw(std::int64_t first, std::int64_t count) const {
  auto image_bchw =
      torch::empty({count, static_cast<std::int64_t>(channels_.size()), size_.height, size_.width});
  float* target = image_bchw.data_ptr<float>();
  for (std::int64_t k = first; k < first + count; ++k) {
    for (std::size_t c = 0; c < channels_.size(); ++c) {
      const PreparedPlane plane = prepare_plane(channels_[c], k, options_, statistics_[c]);
      check(plane.size == size_, "prepare_plane and prepared_size agree");
      target = std::copy(plane.pixels.begin(), plane.pixels.end(), target);
    }
  }
  return image_bchw;
}

Poll::Poll(const Voters& voters, const SliceSource& source, const PromptSource& prompts,
           const PollOptions& how)
    : voters_(voters),
      source_(source),
      prompts_(prompts),
      how_(how),
      volume_(voters.network(0).traits().axes == 3) {
  const std::int64_t slices = source.slices();
  const std::int64_t step = volume_ ? slices : std::max<std::int64_t>(1, how.options.batch);
  for (std::int64_t first = 0; first < slices; first += step) {
    passes_.push_back({.first = first, .count = std::min(step, slices - first)});
  }
}

void Poll::run(const SliceTaker& give) {
  if (voters_.stay) {
    for (Pass& pass : passes_) {
      const torch::Tensor image = image_of(pass);
      for (std::size_t voter = 0; voter < voters_.count; ++voter) ask(voter, image, pass);
      hand_out(pass, give);
    }
    return;
  }
  for (std::size_t voter = 0; voter < voters_.count; ++voter) {
    for (Pass& pass : passes_) ask(voter, image_of(pass), pass);
  }
  for (Pass& pass : passes_) hand_out(pass, give);
}

torch::Tensor Poll::image_of(const Pass& pass) const {
  return volume_ ? source_.volume_bcdhw() : source_.batch_bchw(pass.first, pass.count);
}

torch::Tensor Poll::answer_bkhw(Network& network, const torch::Tensor& image_bcs,
                                const Pass& pass) const {
  const EvaluationMode mode(network);
  const torch::Tensor probabilities_bks =
      image_probabilities(network, image_bcs.to(device_of(network)), how_.options.flips, how_.patch,
                          volume_ ? nullptr : &prompts_, pass.first)
          .to(torch::kCPU);
  return volume_ ? probabilities_bks.squeeze(0).transpose(0, 1) : probabilities_bks;
}

void Poll::ask(std::size_t voter, const torch::Tensor& image_bcs, Pass& pass) {
  const torch::Tensor answer = answer_bkhw(voters_.network(voter), image_bcs, pass);
  check(!pass.sum_bkhw.defined() || pass.sum_bkhw.sizes() == answer.sizes(),
        "voters have the classes of one card");
  pass.sum_bkhw = pass.sum_bkhw.defined() ? pass.sum_bkhw + answer : answer;
  seen_ += pass.count;
  if (how_.progress) {
    how_.progress(seen_ / static_cast<std::int64_t>(voters_.count), source_.slices());
  }
}

void Poll::hand_out(Pass& pass, const SliceTaker& give) const {
  const auto voters = static_cast<std::int64_t>(voters_.count);
  const torch::Tensor mean_bkhw = voters > 1 ? pass.sum_bkhw / voters : pass.sum_bkhw;
  for (std::int64_t i = 0; i < pass.count; ++i) give(pass.first + i, mean_bkhw[i]);
  pass.sum_bkhw.reset();
}

}  // namespace medcl
