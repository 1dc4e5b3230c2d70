// SPDX-License-Identifier: Apache-2.0
#pragma once

// Mixed images that are shown several times while a frozen encoder has to look at them once: nearly
// all of the time of MedCL-SAM is the encoder's. What is asked about an image (boxes, words, sets
// of classes) is drawn anew every time.
//
// Source: Zhang & Patel, MedCL, MIDL 2025, Sec. 3 (samples are drawn repeatedly in an epoch).

#include <torch/torch.h>

#include <cstdint>
#include <functional>
#include <map>
#include <utility>

#include "medcl/core/options.h"

namespace medcl {

struct PoolOptions {
  std::int64_t reuse = 4;     ///< how often the images of a step are shown; 1: no pool
  std::int64_t batches = 16;  ///< how many of them take turns
  void describe(OptionTable table);
};

class EmbeddingPool {
 public:
  EmbeddingPool(const PoolOptions& options, std::uint64_t seed);

  /// The step whose images step `step` shows. Every reuse * batches steps show `batches` new ones,
  /// each `reuse` times, in an order drawn anew for every round. A function of seed and step.
  [[nodiscard]] std::int64_t image_step(std::int64_t step) const;

  /// What `encode` gives for the images of `image_step` (a number of its own for each kind of
  /// them), in half precision, whether it is kept already or not; without a pool as it is. Keeps
  /// the embeddings of the last `batches` steps: 2 bytes a value, where `encode` leaves them.
  torch::Tensor embedding(std::int64_t image_step, std::int64_t kind,
                          const std::function<torch::Tensor()>& encode);
  [[nodiscard]] std::int64_t kept() const { return static_cast<std::int64_t>(kept_.size()); }

 private:
  PoolOptions options_;
  std::uint64_t seed_;
  std::map<std::pair<std::int64_t, std::int64_t>, torch::Tensor> kept_;
};

}  // namespace medcl
