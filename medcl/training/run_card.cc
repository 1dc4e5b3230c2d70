// SPDX-License-Identifier: Apache-2.0
#include "medcl/training/run_card.h"

#include <filesystem>

#include "medcl/core/sha256.h"
#include "medcl/dataset/fingerprint.h"
#include "medcl/model/sam/prompt_texts.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

/// Which files the frozen weights came from; a model holds them and does not need the files.
Json weight_sources(const sam::BackboneOptions& sam) {
  const auto source = [](const std::string& path) {
    return path.empty() ? Json("random")
                        : Json({{"file", fs::path(path).filename().string()},
                                {"sha256", sha256_of_file(path)}});
  };
  return {{"sam", source(sam.checkpoint)}, {"clip", source(sam.clip)}};
}

Json fingerprint_json(const CaseStore& store, const Split& split) {
  std::vector<CaseLook> looks;
  for (const std::string& id : split.train) {
    looks.push_back(look_of(store.at(id)));
  }
  return fingerprint_of(looks).to_json();
}

}  // namespace

ModelCard card_of(const Dataset& dataset, const RunOptions& options) {
  ModelCard card;
  card.network = options.network;
  card.channel_names = dataset.channel_names;
  card.labels = dataset.labels;
  card.prepare = options.prepare;
  card.crop_size = options.sample.crop.size;
  card.method = options.method.name;
  return card;
}

Json provenance(const Dataset& dataset, const RunOptions& options, const CaseStore& store,
                const Split& split) {
  Json json = {
      {"dataset", dataset.name},
      {"seed", options.train.seed},
      {"split",
       {{"index", options.train.split}, {"train", split.train}, {"validation", split.validation}}},
      {"images", fingerprint_json(store, split)}};
  if (options.network.backbone == "sam") {
    json["weights"] = weight_sources(options.network.sam);
  }
  return json;
}

RunOptions with_words(RunOptions options, const Dataset& dataset) {
  std::vector<std::string>& texts = options.network.sam.texts;
  if (options.network.backbone == "sam" && texts.empty()) {
    for (std::size_t k = 1; k < dataset.labels.classes.size(); ++k) {
      texts.push_back(sam::default_text(dataset.labels.classes[k].name));
    }
  }
  return options;
}

RunOptions without_files(RunOptions options) {
  options.network.sam = options.network.sam.without_files();
  return options;
}

}  // namespace medcl
