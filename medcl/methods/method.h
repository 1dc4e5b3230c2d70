// SPDX-License-Identifier: Apache-2.0
#pragma once

// A way to train a network from scribbles: MedCL, or a method it is compared with. All methods
// share network, sampling, augmentation, border rule, optimiser and budget; they differ in what
// they do with a batch. A method is one file with its options and its MethodEntry, and one line in
// all_methods.cc.

#include <torch/torch.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "medcl/core/any_options.h"
#include "medcl/core/random.h"
#include "medcl/model/network.h"
#include "medcl/objective/total.h"
#include "medcl/sampling/batch.h"

namespace medcl {

/// What a method may depend on besides its own options.
struct MethodContext {
  Extent map{1, 256, 256};   ///< of the maps that losses see
  std::int64_t classes = 2;  ///< m + 1
  std::uint64_t seed = 0;
  torch::ScalarType compute_type = torch::kFloat32;  ///< of large products
  NetworkTraits network{};
  /// A network like that of the run, with what the method wishes for, where and as that one is
  /// trained: with `seed` the weights that the run begins with, else others. Empty where only needs
  /// are asked for.
  std::function<std::shared_ptr<Network>(std::uint64_t seed)> make_network{};
};

/// What a method asks of a run, known before it is made.
struct MethodNeeds {
  NetworkWish network{};
  double passes = 1;          ///< through the network for each image of a batch
  double trained_values = 0;  ///< of modules of its own, such as a mapping head
  /// Networks like that of the run: that learn beside it, and that only follow it.
  double learning_networks = 0, following_networks = 0;
  /// Of a network that is asked with prompts: masks for each image and pass (0: one for each
  /// class), and embeddings that are kept for each image of a batch.
  double masks = 0, kept_embeddings = 0;
  bool unlabelled = false;    ///< slices without scribbles are of use
  bool intra_mix = false;     ///< samples are intra-mixed
  bool clean_view = false;    ///< Batch::clean_image_bcs
  bool dense_labels = false;  ///< scribbled cases are of no use
};

/// A batch and the network that learns from it.
struct Step {
  Network& network;
  const Batch& batch;
  std::uint64_t seed = 0;

  /// Random numbers of this step for one purpose; `sample` tells further streams of a purpose
  /// apart.
  [[nodiscard]] RandomStream random(Purpose purpose, std::uint32_t sample = 0) const {
    return stream(batch.step, purpose, sample);
  }
  /// Those that every step which shows the same images shares.
  [[nodiscard]] RandomStream image_random(Purpose purpose, std::uint32_t sample = 0) const {
    return stream(batch.image_step, purpose, sample);
  }

 private:
  [[nodiscard]] RandomStream stream(std::int64_t number, Purpose purpose,
                                    std::uint32_t sample) const {
    return RandomStream({.seed = seed,
                         .epoch = static_cast<std::uint32_t>(number),
                         .sample = sample,
                         .purpose = purpose});
  }
};

class Method {
 public:
  virtual ~Method() = default;

  /// The loss terms of one step with their weights and with gradient. Random draws come from the
  /// step.
  virtual LossTerms losses(const Step& step) = 0;
  /// After the weights changed, for teachers, class priors and memory banks.
  virtual void after_step(const Step& /*step*/) {}
  /// What is trained beside the network, such as a mapping head; may be null.
  virtual torch::nn::Module* trained() { return nullptr; }
  /// What a run that goes on must find again though no optimiser sees it; may be null.
  virtual torch::nn::Module* kept() { return nullptr; }
  /// The step whose slices, crops and mixes a step shows: a method may show images again.
  [[nodiscard]] virtual std::int64_t image_step(std::int64_t step) const { return step; }
};

/// All that is known of a method before one is made.
struct MethodEntry {
  std::string name;
  std::string help;  ///< for the list of methods; starts in lower case

  /// For a network that is asked with prompts, or for another.
  AnyOptions (*options)(bool prompts);
  MethodNeeds (*needs)(const AnyOptions& options, const MethodContext& context);
  /// @throws Error(kUsage) for options that do not fit the network.
  std::unique_ptr<Method> (*make)(const AnyOptions& options, const MethodContext& context);
  /// The kind of network that it trains where none is named; empty: that of all methods.
  std::string network = {};
};

}  // namespace medcl
