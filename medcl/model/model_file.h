// SPDX-License-Identifier: Apache-2.0
#pragma once

// A trained model on disk: a folder with model.json (what it is and how images must be prepared) and
// weights.safetensors. Nothing in it can run code.

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "medcl/dataset/case_store.h"
#include "medcl/dataset/label_map.h"
#include "medcl/format/json.h"
#include "medcl/model/segmenter.h"

namespace medcl {

struct ModelCard {
  NetworkOptions network;
  std::vector<std::string> channel_names;
  LabelMap labels;
  PrepareOptions prepare;
  std::int64_t crop_size = 256;  ///< side of the training crops, in prepared pixels
  std::string method = "medcl";
  Json training;                 ///< free: dataset, steps, seed, validation Dice
};

struct LoadedModel {
  ModelCard card;
  std::shared_ptr<Segmenter> network;  ///< in evaluation mode
  std::filesystem::path folder;
};

/// Atomic per file; model.json carries the SHA-256 of the weights and is written last.
void save_model(const std::filesystem::path& folder, const ModelCard& card, const Segmenter& network);
/// `path`: a model folder, or a run folder (then its "best" model is taken).
/// @throws Error(kIo) absent, broken or hash differs; Error(kModelMismatch).
LoadedModel load_model(const std::filesystem::path& path);

}  // namespace medcl
