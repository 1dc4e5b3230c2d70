// SPDX-License-Identifier: Apache-2.0
#pragma once

// A network whose passes are recorded when they first happen and replayed from then on: one start
// for all kernels of a pass, and one for all of its gradient.

#include <cstdint>
#include <memory>
#include <vector>

#include "medcl/model/fast/cuda/graph.h"
#include "medcl/model/segmenter.h"

namespace medcl::fast::cuda {

/// What it computes, and what it draws, is that of the network bit by bit. The first step is not
/// recorded (libraries prepare themselves then), nor are passes without gradient; if the first pass
/// cannot be recorded, none is, and a warning says so.
///
/// Every step must do the same passes, on images of the same size, and ask for their gradients in
/// the same order. A result holds until the same pass of the next step. The gradients that
/// parameters had before a step are replaced.
class Replayed final : public Segmenter {
 public:
  /// Trained parameters stay the network's, and none are added to it later.
  explicit Replayed(std::shared_ptr<Segmenter> network);
  ~Replayed() override;

  /// Before the first pass of every step.
  void start_step();
  torch::Tensor forward(const torch::Tensor& image_bchw) override;

  [[nodiscard]] std::int64_t size_multiple() const override { return network_->size_multiple(); }
  [[nodiscard]] std::int64_t fixed_size() const override { return network_->fixed_size(); }
  void set_compute_type(torch::ScalarType type) override { network_->set_compute_type(type); }
  void set_fused(bool fused) override { network_->set_fused(fused); }

 private:
  struct Pass;
  class Replay;

  /// Whether the pass that is due is recorded, now or before.
  bool can_record(const torch::Tensor& image_bchw);
  void record(Pass& pass, const torch::Tensor& image_bchw);
  void go_back(Pass& pass, const torch::Tensor& dlogits_bkhw);
  void record_gradient(Pass& pass);
  void add_gradients(const std::vector<torch::Tensor>& gradients);

  std::shared_ptr<Segmenter> network_;
  std::vector<torch::Tensor> parameters_;  ///< with gradient
  std::unique_ptr<GraphMemory> memory_;
  std::vector<std::unique_ptr<Pass>> passes_;
  std::vector<torch::Tensor> gradients_;  ///< of parameters_, summed over a step's passes
  bool gave_up_ = false;
  std::int64_t steps_ = 0;
  std::size_t passes_done_ = 0, gradients_done_ = 0;  ///< in this step
};

}  // namespace medcl::fast::cuda
