// SPDX-License-Identifier: Apache-2.0
#pragma once

// No training: the model is the network as it starts, with the weights of its files. What SAM and
// MedSAM are worth without scribbles.
//
// Source: Zhang & Patel, MedCL, MIDL 2025, Tables 1, 3 and 5 (rows SAM and MedSAM).

#include "medcl/methods/method.h"

namespace medcl {

class ZeroShotMethod : public Method {
 public:
  /// @throws Error(kFailure): there is nothing to learn.
  LossTerms losses(Segmenter& network, const Batch& batch) override;
  [[nodiscard]] std::map<std::string, double> weights() const override { return {}; }
  [[nodiscard]] bool learns() const override { return false; }
};

}  // namespace medcl
