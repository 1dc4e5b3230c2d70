// SPDX-License-Identifier: Apache-2.0
#include "medcl/model/model_file.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "medcl/core/atomic_file.h"
#include "medcl/core/error.h"
#include "medcl/core/file_system.h"
#include "medcl/core/input_file.h"
#include "medcl/core/sha256.h"
#include "medcl/format/json_text.h"
#include "medcl/format/option_json.h"
#include "medcl/format/sealed_json.h"
#include "medcl/model/state.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

constexpr const char* kCardFile = "model.json";
constexpr const char* kWeightsFile = "weights.safetensors";
// Weights wait here until model.json names them; see save_model.
constexpr const char* kStagedWeightsFile = "weights.next.safetensors";
constexpr const char* kSeal = "card_sha256";
constexpr int kFormatVersion = 1;

std::string first_part(const std::string& dotted) { return dotted.substr(0, dotted.find('.')); }
std::string last_part(const std::string& dotted) { return dotted.substr(dotted.rfind('.') + 1); }

/// {"spacing_mm": 1.37, ...}: the last part of every option name with its value.
Json prepare_to_json(PrepareOptions options) {
  OptionTable table;
  options.describe(table);
  Json json = Json::object();
  for (const Option& option : table.options()) {
    json[last_part(option.name)] = value_json(option);
  }
  return json;
}

/// As OptionTable::set takes it.
std::string as_typed(const Json& value) {
  if (!value.is_array()) return value.is_string() ? value.get<std::string>() : value.dump();
  std::string text;
  for (const Json& part : value) {
    if (!text.empty()) text.append(",");
    text.append(part.is_string() ? part.get<std::string>() : part.dump());
  }
  return text;
}

/// Keys that are absent keep their default; unknown keys are refused.
PrepareOptions prepare_from_json(const Json& json, const std::string& where) {
  PrepareOptions options;
  OptionTable table;
  options.describe(table.scope("prepare"));
  for (const auto& [key, value] : json.items()) {
    std::string name = key;
    for (const Option& option : table.options()) {
      if (last_part(option.name) == key) name = option.name;
    }
    table.set(name, as_typed(value), where);
  }
  return options;
}

/// Whether some other network than that of `json` has the option `name`: models of earlier versions
/// name the options of every network.
bool is_of_another_network(const std::string& name) {
  return std::ranges::any_of(network_names(), [&name](const std::string& other) {
    NetworkOptions options(other);
    OptionTable table;
    options.describe(table);
    return table.find(name) != nullptr;
  });
}

NetworkOptions network_from_json(const Json& json, const std::string& where) {
  const Json& own = json.at("network");
  NetworkOptions network(as_typed(own.at(own.contains("name") ? "name" : "backbone")));
  OptionTable table;
  network.describe(table);
  std::set<std::string> scopes{"network"};
  for (const NetworkEntry& entry : networks()) scopes.insert(entry.scope);
  for (const std::string& scope : scopes) {
    if (!json.contains(scope)) continue;
    for (const auto& [key, value] : json.at(scope).items()) {
      const std::string name = scope + "." + key;
      if (table.find(name) != nullptr || !is_of_another_network(name)) {
        table.set(name, as_typed(value), where);
      }
    }
  }
  return network;
}

Json card_to_json(const ModelCard& card, const std::string& weights_sha256) {
  Json json;
  json["format"] = "medcl-model";
  json["version"] = kFormatVersion;
  json["method"] = card.method;
  NetworkOptions network = card.network.without_files();
  OptionTable table;
  network.describe(table);
  for (const Option& option : table.options()) {
    json[first_part(option.name)][last_part(option.name)] = value_json(option);
  }
  json["channels"] = card.channel_names;
  json["labels"] = card.labels.to_json();
  json["prepare"] = prepare_to_json(card.prepare);
  json["crop_size"] = card.crop_size;
  json["crop_depth"] = card.crop_depth;
  json["postprocessing"] = card.components.to_json();
  json["training"] = card.training;
  json["weights"] = {{"file", kWeightsFile}, {"sha256", weights_sha256}};
  return json;
}

void check_format(const Json& json, const std::string& where) {
  if (!json.is_object() || !json.contains("format") || json.at("format") != "medcl-model") {
    fail(ErrorCode::kIo, {"not a MedCL model", where, "\"format\": \"medcl-model\"", "", ""});
  }
  const Json version = json.contains("version") ? json.at("version") : Json();
  if (version != kFormatVersion) {
    fail(ErrorCode::kModelMismatch,
         {"unknown version of the model format", where, std::to_string(kFormatVersion),
          json_text(version), "update medcl"});
  }
}

ModelCard card_from_json(const Json& json, const std::string& where) {
  ModelCard card;
  card.method = json.at("method").get<std::string>();
  card.network = network_from_json(json, where);
  card.channel_names = json.at("channels").get<std::vector<std::string>>();
  card.labels = LabelMap::from_json(json.at("labels"), where);
  card.prepare = prepare_from_json(json.at("prepare"), where);
  if (!json.at("prepare").contains("orientation")) card.prepare.orientation = "array";
  card.crop_size = json.at("crop_size").get<std::int64_t>();
  card.crop_depth = json.value("crop_depth", card.crop_depth);
  // A model holds all its weights and text features: it needs none of the files they came from.
  card.network = card.network.without_files();
  card.network.settle({.crop_size = card.crop_size});
  if (json.contains("postprocessing")) {
    card.components = ComponentRule::from_json(json.at("postprocessing"), where);
  }
  card.training = json.at("training");
  if (!card.training.is_object() && !card.training.is_null()) {
    fail(ErrorCode::kIo, {"training is not an object", where, "", card.training.type_name(), ""});
  }
  if (card.channel_names.empty()) {
    fail(ErrorCode::kIo, {"a model needs at least one channel", where, "", "", ""});
  }
  return card;
}

/// model.json, checked to be ours and whole.
Json read_card(const fs::path& file) {
  Json json = read_sealed_json(file, kSeal);
  check_format(json, file.string());
  return json;
}

/// Everything that is wrong inside model.json is a broken file, whatever part of the program says
/// so.
template <typename Work>
auto guarded(const fs::path& file, const Work& work) {
  try {
    return reading_json("broken model description", file.string(), work);
  } catch (const Error& error) {
    const bool content =
        error.code() == ErrorCode::kUsage || error.code() == ErrorCode::kInvalidData;
    throw content ? Error(ErrorCode::kIo, error.what()) : error;
  }
}

/// A network is made before it is filled: weights that cannot hold it are refused before a
/// description of a few bytes has taken gigabytes.
void check_weights_size(const fs::path& weights, const ModelCard& card) {
  const auto channels = static_cast<std::int64_t>(card.channel_names.size());
  const std::uint64_t least =
      sizeof(float) * card.network.entry().least_values(card.network.own, channels);
  const std::uint64_t found = InputFile::open(weights).size_bytes();
  if (found < least) {
    fail(ErrorCode::kModelMismatch,
         {"weights are too few for the network of model.json", weights.string(),
          "at least " + std::to_string(least) + " bytes", std::to_string(found),
          "copy the model again"});
  }
}

fs::path model_folder(const fs::path& path) {
  for (const fs::path& folder : {path, path / "best", path.parent_path()}) {
    if (folder == path.parent_path() && path.filename() != kCardFile) continue;
    if (is_there(folder / kCardFile)) return folder;
  }
  fail(ErrorCode::kIo, {"no model here", path.string(), "a folder with model.json, or a run folder",
                        is_there(path) ? "neither" : "no such folder", ""});
}

/// The file whose bytes have the wanted hash: the published one, or the staged one when saving was
/// interrupted just before its renaming.
fs::path weights_with_hash(const fs::path& folder, const std::string& wanted) {
  std::string found = "no file";
  for (const char* name : {kWeightsFile, kStagedWeightsFile}) {
    if (!is_file(folder / name)) continue;
    const std::string hash = sha256_of_file(folder / name);
    if (hash == wanted) return folder / name;
    if (name == kWeightsFile || found == "no file") found = hash;
  }
  fail(ErrorCode::kIo,
       {"weights do not match model.json", (folder / kWeightsFile).string(), "SHA-256 " + wanted,
        found, "the file is damaged or of another model; copy the model again"});
}

}  // namespace

void save_model(const fs::path& folder, const ModelCard& card, const Network& network) {
  FileSystem& files = FileSystem::get();
  make_folders(folder);
  const fs::path staged = folder / kStagedWeightsFile;
  write_tensors(staged, state_of(network), {{"format", "medcl-model"}});
  write_sealed_json(folder / kCardFile, card_to_json(card, sha256_of_file(staged)), kSeal);
  files.rename(staged, folder / kWeightsFile);
  files.sync_folder(folder);
}

void note_in_model(const fs::path& folder, const std::string& key, const Json& value) {
  const fs::path file = folder / kCardFile;
  Json json = read_card(file);
  guarded(file, [&] { json.at("training")[key] = value; });
  write_sealed_json(file, json, kSeal);
}

ModelCard load_card(const fs::path& path) {
  const fs::path file = model_folder(path) / kCardFile;
  return guarded(file, [&] { return card_from_json(read_card(file), file.string()); });
}

LoadedModel load_model(const fs::path& path) {
  LoadedModel model;
  model.folder = model_folder(path);
  const fs::path file = model.folder / kCardFile;
  std::string wanted;
  model.card = guarded(file, [&] {
    const Json json = read_card(file);
    wanted = json.at("weights").at("sha256").get<std::string>();
    return card_from_json(json, file.string());
  });
  const fs::path weights = weights_with_hash(model.folder, wanted);
  check_weights_size(weights, model.card);
  model.network =
      make_network(model.card.network,
                   {.channels = static_cast<std::int64_t>(model.card.channel_names.size()),
                    .classes = model.card.labels.class_count()},
                   0);
  load_state(*model.network, to_tensors(SafetensorsFile::open(weights)), weights.string());
  model.network->eval();
  return model;
}

}  // namespace medcl
