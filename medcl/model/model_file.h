// SPDX-License-Identifier: Apache-2.0
#pragma once

// A trained model on disk: a folder with model.json (what it is and how images must be prepared)
// and weights.safetensors. Nothing in it can run code.

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "medcl/dataset/case_store.h"
#include "medcl/dataset/label_map.h"
#include "medcl/format/json.h"
#include "medcl/model/component_rule.h"
#include "medcl/model/networks.h"

namespace medcl {

struct ModelCard {
  NetworkOptions network;
  std::vector<std::string> channel_names;
  LabelMap labels;
  PrepareOptions prepare;  ///< with a settled orientation; "array" where model.json names none
  std::int64_t crop_size = 256;  ///< side of the training crops, in prepared pixels
  std::int64_t crop_depth = 1;   ///< their slices
  std::string method;            ///< the name of the method that it learnt with
  ComponentRule components;      ///< what a prediction does after argmax; older models: none
  Json training;                 ///< free: dataset, steps, seed, validation Dice

  /// Of the training crops.
  [[nodiscard]] Extent crop() const { return {.z = crop_depth, .y = crop_size, .x = crop_size}; }
};

struct LoadedModel {
  ModelCard card;
  std::shared_ptr<Network> network;  ///< in evaluation mode
  std::filesystem::path folder;
};

/// After a crash at any point the folder holds the old model or the new one: the weights are
/// staged, model.json (with their SHA-256 and its own) is replaced, then the weights get their
/// final name.
void save_model(const std::filesystem::path& folder, const ModelCard& card, const Network& network);
/// Replaces one entry of the `training` of a model that is there; its weights stay. Atomic.
/// @throws Error(kIo)
void note_in_model(const std::filesystem::path& folder, const std::string& key, const Json& value);
/// `path`: a model folder, or a run folder (then its "best" model is taken).
/// @throws Error(kIo) absent, broken or hash differs; Error(kModelMismatch).
LoadedModel load_model(const std::filesystem::path& path);
/// Only model.json; does not read the weights. @throws as load_model.
ModelCard load_card(const std::filesystem::path& path);

}  // namespace medcl
