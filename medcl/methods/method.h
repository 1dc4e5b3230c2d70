// SPDX-License-Identifier: Apache-2.0
#pragma once

// A way to train a segmenter from scribbles: MedCL, or a method it is compared with. All methods
// share backbone, sampling, augmentation, border rule, optimiser and budget; they differ in what
// they do with a batch.

#include <torch/torch.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "medcl/core/options.h"
#include "medcl/model/segmenter.h"
#include "medcl/objective/total.h"
#include "medcl/sampling/batch.h"

namespace medcl {

/// What a method may depend on besides its own options.
struct MethodContext {
  std::int64_t crop_size = 256;  ///< side of the maps that losses see
  std::string backbone = "unet";
  std::int64_t classes = 2;  ///< m + 1
  std::uint64_t seed = 0;
  torch::ScalarType compute_type = torch::kFloat32;  ///< of large products
  bool encoder_learns = false;  ///< of a SAM: embeddings of images change with every step
};

class Method {
 public:
  virtual ~Method() = default;

  /// Named loss terms of one step (unweighted), with gradient. Random draws are keyed by
  /// (seed, batch.step), those of images by batch.image_step.
  virtual LossTerms losses(Segmenter& network, const Batch& batch) = 0;
  /// Weights of the terms in Eq. (6).
  [[nodiscard]] virtual std::map<std::string, double> weights() const = 0;
  /// Trained parameters beside the network's (a mapping head); may be null.
  virtual torch::nn::Module* module() { return nullptr; }
  /// Outputs that the network has beside the classes while it is trained; a model has none.
  [[nodiscard]] virtual std::int64_t extra_outputs() const { return 0; }
  /// The step whose slices, crops and mixes a step shows: a method may show images again.
  [[nodiscard]] virtual std::int64_t image_step(std::int64_t step) const { return step; }
  /// False: the model is the network as it starts.
  [[nodiscard]] virtual bool learns() const { return true; }
  /// Whether samples are intra-mixed, and whether unlabelled slices are of any use.
  [[nodiscard]] virtual bool uses_intra_mix() const { return false; }
  [[nodiscard]] virtual bool uses_unlabelled() const { return false; }
};

}  // namespace medcl
