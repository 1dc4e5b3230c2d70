// SPDX-License-Identifier: Apache-2.0
#include "medcl/inference/ensemble.h"

#include <algorithm>
#include <utility>

#include "medcl/core/error.h"
#include "medcl/format/json.h"
#include "medcl/format/option_json.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

std::int64_t weight_bytes(const Network& network) {
  std::int64_t bytes = 0;
  for (const torch::Tensor& one : network.parameters()) {
    bytes += one.numel() * static_cast<std::int64_t>(one.element_size());
  }
  return bytes;
}

Json preparation_of(PrepareOptions options) {
  options.reach_mm = 0;  // says what strokes teach, not how an image is prepared
  OptionTable table;
  options.describe(table);
  Json json = Json::object();
  for (const Option& option : table.options()) json[option.name] = value_json(option);
  return json;
}

/// What two models that predict together must have in common, and that of one.
std::vector<std::pair<std::string, Json>> needs_of(const ModelCard& card) {
  std::vector<std::pair<std::string, Json>> needs = {{"channels", Json(card.channel_names)},
                                                     {"labels", card.labels.to_json()},
                                                     {"preparation", preparation_of(card.prepare)}};
  if (card.network.traits().axes == 3) {
    needs.emplace_back("crop", Json{card.crop_depth, card.crop_size});
  }
  return needs;
}

void require_alike(const LoadedModel& first, const LoadedModel& other) {
  const auto wanted = needs_of(first.card), found = needs_of(other.card);
  for (std::size_t n = 0; n < std::max(wanted.size(), found.size()); ++n) {
    if (n < wanted.size() && n < found.size() && wanted[n] == found[n]) continue;
    const bool named = n < wanted.size() && n < found.size();
    fail(ErrorCode::kModelMismatch,
         {.what = "models that predict together differ in their " +
                  (named ? wanted[n].first : std::string("network")),
          .where = other.folder.string(),
          .expected = named ? wanted[n].second.dump() + ", as " + first.folder.string() : "",
          .found = named ? found[n].second.dump() : "",
          .remedy = "name models of one dataset and one configuration"});
  }
}

}  // namespace

Ensemble::Ensemble(const std::vector<fs::path>& places, Settle settle, std::int64_t memory_bytes)
    : settle_(std::move(settle)) {
  check(!places.empty(), "an ensemble has a model");
  std::vector<ComponentRule> rules;
  std::int64_t bytes = 0;
  LoadedModel first;
  for (const fs::path& place : places) {
    LoadedModel model = load(place);
    bytes += weight_bytes(*model.network);
    stay_ = bytes <= memory_bytes / 2;
    rules.push_back(model.card.components);
    const Json json = read_json(model.folder / "model.json");
    members_.push_back({.folder = model.folder,
                        .sha256 = json.value("/weights/sha256"_json_pointer, ""),
                        .network = stay_ || members_.empty() ? model.network : nullptr});
    if (members_.size() == 1) {
      first = std::move(model);
    } else {
      require_alike(first, model);
    }
  }
  card_ = first.card;
  if (members_.size() > 1) card_.components = common_rule(rules);
  for (std::size_t n = 1; n < members_.size() && !stay_; ++n) members_[n].network = nullptr;
}

LoadedModel Ensemble::load(const fs::path& place) const {
  LoadedModel model = load_model(place);
  if (settle_) settle_(model);
  return model;
}

const fs::path& Ensemble::folder(std::size_t n) const { return members_.at(n).folder; }

const std::string& Ensemble::hash(std::size_t n) const { return members_.at(n).sha256; }

Network& Ensemble::network(std::size_t n) {
  Member& asked = members_.at(n);
  if (!asked.network) {
    for (Member& one : members_) one.network = nullptr;
    asked.network = load(asked.folder).network;
  }
  return *asked.network;
}

Voters Ensemble::voters() {
  return {.count = size(),
          .network = [this](std::size_t n) -> Network& { return network(n); },
          .stay = stay_};
}

ComponentRule common_rule(const std::vector<ComponentRule>& rules) {
  ComponentRule common;
  std::ptrdiff_t most = 0;
  for (const std::string& name : component_rules()) {
    const std::ptrdiff_t count =
        std::ranges::count(rules, name, [](const ComponentRule& one) { return one.rule; });
    if (count <= most) continue;
    most = count;
    common.rule = name;
  }
  return common;
}

}  // namespace medcl
