// SPDX-License-Identifier: Apache-2.0
#pragma once

// Slices of a case as networks see them, and the mean of what several networks say of them.

#include <torch/torch.h>

#include <cstdint>
#include <functional>
#include <vector>

#include "medcl/dataset/case_store.h"
#include "medcl/inference/predictor.h"
#include "medcl/inference/prompt_source.h"

namespace medcl {

/// The channels of a case, prepared slice by slice. Both arguments must outlive this object.
class SliceSource {
 public:
  SliceSource(const std::vector<Image>& channels, const PrepareOptions& options);

  [[nodiscard]] const PlaneSize& size() const { return size_; }
  [[nodiscard]] std::int64_t slices() const { return channels_.front().geometry.size[2]; }
  /// Slices first .. first + count - 1 of all channels.
  [[nodiscard]] torch::Tensor batch_bchw(std::int64_t first, std::int64_t count) const;
  /// All slices, [1, C, D, H, W].
  [[nodiscard]] torch::Tensor volume_bcdhw() const;

 private:
  const std::vector<Image>& channels_;
  const PrepareOptions& options_;
  PlaneSize size_;
  std::vector<std::vector<float>> statistics_;
};

/// give(slice, probabilities [K, H, W]) for each slice of the image, in order.
using SliceTaker = std::function<void(std::int64_t, const torch::Tensor&)>;

/// How voters are asked.
struct PollOptions {
  const PredictOptions& options;
  Extent patch;  ///< as image_probabilities
  const SliceProgress& progress;
};

/// One case put before all voters. The arguments must outlive this object.
class Poll {
 public:
  Poll(const Voters& voters, const SliceSource& source, const PromptSource& prompts,
       const PollOptions& how);
  /// Gives the mean probabilities of every slice.
  void run(const SliceTaker& give);

 private:
  /// Slices that go through a network together.
  struct Pass {
    std::int64_t first = 0, count = 0;
    torch::Tensor sum_bkhw{};  ///< of the voters so far
  };

  /// s: y x of slices, or z y x of a volume.
  [[nodiscard]] torch::Tensor image_of(const Pass& pass) const;
  [[nodiscard]] torch::Tensor answer_bkhw(Network& network, const torch::Tensor& image_bcs,
                                          const Pass& pass) const;
  void ask(std::size_t voter, const torch::Tensor& image_bcs, Pass& pass);
  void hand_out(Pass& pass, const SliceTaker& give) const;

  const Voters& voters_;
  const SliceSource& source_;
  const PromptSource& prompts_;
  PollOptions how_;
  bool volume_;  ///< the networks see all slices at once
  std::vector<Pass> passes_;
  std::int64_t seen_ = 0;  ///< slices, once for every voter
};

}  // namespace medcl
