// SPDX-License-Identifier: Apache-2.0
#pragma once

// Several models that predict together: the class with the highest mean probability counts.
//
// Source: Lakshminarayanan et al., Deep Ensembles, NeurIPS 2017; Isensee et al., nnU-Net, Nature
// Methods 2021 (the models of the folds).

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "medcl/inference/predictor.h"
#include "medcl/model/model_file.h"

namespace medcl {

class Ensemble {
 public:
  /// What is done with every model that was read: moved to its device, asked in other words.
  using Settle = std::function<void(LoadedModel&)>;

  /// `places`: as load_model takes them, at least one. All models are read once. They stay in
  /// memory where their weights take no more than half of `memory_bytes`; else each is read again
  /// when it is asked for, one at a time.
  /// @throws as load_model; Error(kModelMismatch) naming two models with other channels, classes,
  ///         preparation of images or, of networks of volumes, crops.
  Ensemble(const std::vector<std::filesystem::path>& places, Settle settle,
           std::int64_t memory_bytes);
  Ensemble(const Ensemble&) = delete;
  Ensemble& operator=(const Ensemble&) = delete;

  [[nodiscard]] std::size_t size() const { return members_.size(); }
  /// That of the first model, with the component rule that most models have; of equally many, the
  /// one that removes less.
  [[nodiscard]] const ModelCard& card() const { return card_; }
  [[nodiscard]] const std::filesystem::path& folder(std::size_t n) const;
  /// The SHA-256 of its weights.
  [[nodiscard]] const std::string& hash(std::size_t n) const;
  [[nodiscard]] bool stays() const { return stay_; }
  Network& network(std::size_t n);
  /// For predict_classes; this object must outlive it.
  Voters voters();

 private:
  struct Member {
    std::filesystem::path folder;
    std::string sha256;
    std::shared_ptr<Network> network{};  ///< null where it is not in memory
  };
  LoadedModel load(const std::filesystem::path& place) const;

  Settle settle_;
  std::vector<Member> members_;
  ModelCard card_;
  bool stay_ = true;
};

/// The component rule of several models: see Ensemble::card.
ComponentRule common_rule(const std::vector<ComponentRule>& rules);

}  // namespace medcl
