// SPDX-License-Identifier: Apache-2.0
#include "medcl/task/run_card.h"

#include "medcl/dataset/fingerprint.h"

namespace medcl {
namespace {

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
  card.crop_depth = options.sample.crop.depth;
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
      {"flip", options.sample.crop.flip},
      {"images", fingerprint_json(store, split)}};
  const NetworkEntry& network = options.network.entry();
  if (network.sources != nullptr) json["weights"] = network.sources(options.network.own);
  return json;
}

RunOptions without_files(RunOptions options) {
  options.network = options.network.without_files();
  return options;
}

}  // namespace medcl
