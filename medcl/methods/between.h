// SPDX-License-Identifier: Apache-2.0
#pragma once

// A network that has one layer between those of two others, with gradient to both.
//
// Source: Zhang & Patel, ModelMix, MICCAI 2024.

#include <cstdint>
#include <memory>
#include <vector>

#include "medcl/model/network.h"

namespace medcl {

class Between {
 public:
  /// `shell`: a network of the same kind, whose weights are of no account. Its parameters that do
  /// not require a gradient stay.
  explicit Between(std::shared_ptr<Network> shell);

  /// How many layers with weights there are; each is a module with parameters of its own.
  [[nodiscard]] std::int64_t layers() const { return static_cast<std::int64_t>(layers_.size()); }

  /// The logits of the first network if its layer number `layer` had the weights
  /// share * first + (1 - share) * second. The gradient goes to the parameters of both networks. It
  /// must be taken before the next call, and once.
  torch::Tensor logits(const Network& first, const Network& second, std::int64_t layer,
                       double share, const torch::Tensor& image_bcs);

 private:
  class Pass;

  std::shared_ptr<Network> shell_;
  std::vector<torch::Tensor> parameters_;         ///< of the shell, with gradient
  std::vector<std::size_t> places_;               ///< of these among all of its parameters
  std::vector<std::vector<std::size_t>> layers_;  ///< indices into parameters_
  torch::Tensor pending_bks_;                     ///< with the history of the last pass
};

}  // namespace medcl
