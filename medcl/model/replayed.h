// SPDX-License-Identifier: Apache-2.0
#pragma once

// A network whose passes are recorded when they first happen and replayed from then on: one start
// for all kernels of a pass, and one for all of its gradient.

#include <cstdint>
#include <memory>
#include <vector>

#include "medcl/kernels/cuda/graph.h"
#include "medcl/model/network.h"

namespace medcl::fast::cuda {

/// What it computes, and what it draws, is that of the network bit by bit. The first step is not
/// recorded (libraries prepare themselves then), nor are passes without gradient, those that give
/// more than logits, and those on an image whose gradient is wanted; if the first pass cannot be
/// recorded, none is, and a warning says so.
///
/// Every step must do the same passes, on images of the same size, and ask for their gradients in
/// the same order. A result holds until the same pass of the next step. The gradients that
/// parameters had before a step are replaced.
class Replayed final : public Network {
 public:
  /// Trained parameters stay the network's, and none are added to it later.
  explicit Replayed(std::shared_ptr<Network> network);
  ~Replayed() override;

  /// Before the first pass of every step.
  void start_step();

  [[nodiscard]] NetworkTraits traits() const override { return network_->traits(); }
  void set_compute_type(torch::ScalarType type) override { network_->set_compute_type(type); }
  void set_fused(bool fused) override { network_->set_fused(fused); }
  Network& original() override { return *network_; }

 private:
  struct Pass;
  class Replay;

  NetworkOutput pass(const torch::Tensor& image_bcs, const ClassPrompts* prompts) override;

  /// Whether the pass that is due is recorded, now or before.
  bool can_record(const torch::Tensor& image_bcs);
  void record(Pass& pass, const torch::Tensor& image_bcs);
  void go_back(Pass& pass, const torch::Tensor& dlogits_bks);
  void record_gradient(Pass& pass);
  void add_gradients(const std::vector<torch::Tensor>& gradients);

  std::shared_ptr<Network> network_;
  std::vector<torch::Tensor> parameters_;  ///< with gradient
  std::unique_ptr<GraphMemory> memory_;
  std::vector<std::unique_ptr<Pass>> passes_;
  std::vector<torch::Tensor> gradients_;  ///< of parameters_, summed over a step's passes
  bool gave_up_ = false;
  bool asks_more_ = false;  ///< than logits from an image, as the first step shows
  std::int64_t steps_ = 0;
  std::size_t passes_done_ = 0, gradients_done_ = 0;  ///< in this step
};

}  // namespace medcl::fast::cuda
