// SPDX-License-Identifier: Apache-2.0
#pragma once

// Partial cross-entropy: the plainest way to learn from scribbles.
//
// Source: Tang et al., CVPR 2018; the PCE row of the paper's tables.

#include "medcl/methods/method.h"

namespace medcl {

struct PceOptions {
  double weight_dice = 0;  ///< adds the partial Dice loss
  double balance = 0;      ///< of the classes in the cross-entropy, 0 .. 1
  void describe(OptionTable table);
};

class PceMethod : public Method {
 public:
  explicit PceMethod(const PceOptions& options) : options_(options) {}
  LossTerms losses(Segmenter& network, const Batch& batch) override;
  [[nodiscard]] std::map<std::string, double> weights() const override;

 private:
  PceOptions options_;
};

}  // namespace medcl
