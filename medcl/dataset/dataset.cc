// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/dataset.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

#include "medcl/core/error.h"
#include "medcl/core/input_file.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kSuffixLength = 5;  // "_0000"
constexpr std::size_t kMaxChannels = 64;

[[noreturn]] void refuse(const std::string& where, const std::string& what,
                         const std::string& expected, const std::string& found,
                         const std::string& remedy = "") {
  fail(ErrorCode::kInvalidData, {what, where, expected, found, remedy});
}

bool is_hidden(const std::string& name) { return name.empty() || name[0] == '.' || name[0] == '_'; }

/// Case id -> channel -> file, for names "<id>_<4 digits><ending>".
using ImageFiles = std::map<std::string, std::map<int, fs::path>>;

ImageFiles list_images(const fs::path& folder, const std::string& ending) {
  ImageFiles found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (is_hidden(name) || !name.ends_with(ending) || !entry.is_regular_file(error)) continue;
    const std::string stem = name.substr(0, name.size() - ending.size());
    if (stem.size() <= kSuffixLength) continue;
    const std::string suffix = stem.substr(stem.size() - kSuffixLength);
    const auto is_digit = [](unsigned char c) { return std::isdigit(c) != 0; };
    if (suffix[0] != '_' || !std::all_of(suffix.begin() + 1, suffix.end(), is_digit)) continue;
    found[stem.substr(0, stem.size() - kSuffixLength)][std::stoi(suffix.substr(1))] = entry.path();
  }
  if (error && fs::exists(folder)) {
    fail(ErrorCode::kIo, {"cannot list the folder", folder.string(), "", error.message(), ""});
  }
  return found;
}

std::vector<Case> list_cases(const Dataset& dataset, bool test) {
  const fs::path folder = dataset.root / (test ? "imagesTs" : "imagesTr");
  std::vector<Case> cases;
  for (const auto& [id, channels] : list_images(folder, dataset.file_ending)) {
    Case one{id, {}, std::nullopt};
    const int count = static_cast<int>(dataset.channel_names.size());
    for (int c = 0; c < count; ++c) {
      if (channels.count(c) == 0) {
        refuse((folder / id).string(), "channel file missing",
               "channels 0 to " + std::to_string(count - 1),
               "no " + image_path(dataset, id, c, test).filename().string());
      }
      one.images.push_back(channels.at(c));
    }
    if (channels.rbegin()->first >= count) {
      refuse(channels.rbegin()->second.string(), "more channels than dataset.json names",
             std::to_string(count), std::to_string(channels.rbegin()->first + 1));
    }
    const fs::path labels = label_path(dataset, id, test);
    if (is_there(labels)) one.labels = labels;
    cases.push_back(std::move(one));
  }
  return cases;
}

const Json& required(const Json& description, const char* key, const std::string& where) {
  const auto found = description.find(key);
  if (found == description.end()) {
    refuse(where, "missing key", std::string("\"") + key + "\"", "none");
  }
  return *found;
}

std::vector<std::string> channel_names_from_json(const Json& json, const std::string& where) {
  if (!json.is_object() || json.empty() || json.size() > kMaxChannels) {
    refuse(where + ": channel_names", "wrong value", "an object like {\"0\": \"LGE\"}",
           json.is_object() ? std::to_string(json.size()) + " entries" : json.type_name());
  }
  std::vector<std::string> names;
  for (std::size_t c = 0; c < json.size(); ++c) {
    const auto found = json.find(std::to_string(c));
    if (found == json.end() || !found->is_string()) {
      refuse(where + ": channel_names", "wrong value", "a name for \"" + std::to_string(c) + "\"",
             json.dump());
    }
    names.push_back(found->get<std::string>());
  }
  return names;
}

std::vector<std::string> ids_from_json(const Json& split, const char* key,
                                       const std::string& where) {
  const auto found = split.find(key);
  if (found == split.end() || !found->is_array()) {
    refuse(where, "missing list", std::string("\"") + key + "\": [case ids]", "none");
  }
  std::vector<std::string> ids;
  for (const Json& id : *found) {
    if (!id.is_string()) refuse(where + ": " + key, "case id is not a text", "", id.dump());
    ids.push_back(id.get<std::string>());
  }
  return ids;
}

std::string file_ending_from_json(const Json& json, const std::string& where) {
  if (!json.is_string()) refuse(where + ": file_ending", "wrong type", "a text", json.dump());
  const std::string ending = json.get<std::string>();
  if (ending.size() < 2 || ending[0] != '.' || ending.find('/') != std::string::npos) {
    refuse(where + ": file_ending", "wrong value", "an ending like \".nii.gz\"", json.dump());
  }
  return ending;
}

}  // namespace

const Case* Dataset::find(const std::string& id) const {
  for (const auto* list : {&cases, &test_cases}) {
    for (const Case& one : *list) {
      if (one.id == id) return &one;
    }
  }
  return nullptr;
}

Dataset read_dataset(const fs::path& root) {
  if (!is_folder(root)) {
    fail(ErrorCode::kIo, {"no such folder", root.string(), "a dataset folder", "",
                          "make one with medcl import or medcl phantom"});
  }
  const fs::path file = root / "dataset.json";
  if (!is_there(file)) {
    fail(ErrorCode::kIo, {"no dataset.json", root.string(), "the nnU-Net v2 raw layout", "",
                          "convert other layouts with medcl import"});
  }
  Dataset dataset = dataset_from_json(read_json(file), file.string());
  dataset.root = root;
  if (dataset.name.empty()) dataset.name = fs::absolute(root).filename().string();
  dataset.cases = list_cases(dataset, false);
  dataset.test_cases = list_cases(dataset, true);
  if (dataset.cases.empty() && dataset.test_cases.empty()) {
    refuse(root.string(), "no cases", "files like imagesTr/<case>_0000" + dataset.file_ending,
           "none");
  }
  const fs::path splits = root / "splits_final.json";
  if (is_there(splits)) dataset.splits = splits_from_json(read_json(splits), splits.string());
  return dataset;
}

Dataset dataset_from_json(const Json& json, const std::string& where) {
  if (!json.is_object()) refuse(where, "wrong type", "an object", json.type_name());
  Dataset dataset;
  dataset.description = json;
  dataset.labels = LabelMap::from_json(required(json, "labels", where), where);
  dataset.channel_names = channel_names_from_json(required(json, "channel_names", where), where);
  dataset.file_ending = file_ending_from_json(required(json, "file_ending", where), where);
  const auto name = json.find("name");
  if (name != json.end() && name->is_string()) dataset.name = name->get<std::string>();
  return dataset;
}

std::vector<Split> splits_from_json(const Json& json, const std::string& where) {
  if (!json.is_array()) {
    refuse(where, "wrong type", "a list of {\"train\", \"val\"}", json.type_name());
  }
  std::vector<Split> splits;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const std::string place = where + ": split " + std::to_string(i);
    if (!json[i].is_object()) refuse(place, "wrong type", "an object", json[i].type_name());
    splits.push_back(
        {ids_from_json(json[i], "train", place), ids_from_json(json[i], "val", place)});
  }
  return splits;
}

Json dataset_to_json(const Dataset& dataset) {
  Json json = dataset.description.is_object() ? dataset.description : Json::object();
  if (!dataset.name.empty()) json["name"] = dataset.name;
  Json channels = Json::object();
  for (std::size_t c = 0; c < dataset.channel_names.size(); ++c) {
    channels[std::to_string(c)] = dataset.channel_names[c];
  }
  json["channel_names"] = channels;
  json["labels"] = dataset.labels.to_json();
  json["numTraining"] = dataset.cases.size();
  json["file_ending"] = dataset.file_ending;
  return json;
}

Json splits_to_json(const std::vector<Split>& splits) {
  Json json = Json::array();
  for (const Split& split : splits) {
    json.push_back({{"train", split.train}, {"val", split.validation}});
  }
  return json;
}

void write_dataset_json(const Dataset& dataset) {
  write_json(dataset.root / "dataset.json", dataset_to_json(dataset));
  if (dataset.splits.empty()) return;
  write_json(dataset.root / "splits_final.json", splits_to_json(dataset.splits));
}

fs::path image_path(const Dataset& dataset, const std::string& id, int channel, bool test) {
  std::string number = std::to_string(channel);
  number.insert(0, number.size() < 4 ? 4 - number.size() : 0, '0');
  return dataset.root / (test ? "imagesTs" : "imagesTr") /
         (id + "_" + number + dataset.file_ending);
}

fs::path label_path(const Dataset& dataset, const std::string& id, bool test) {
  return dataset.root / (test ? "labelsTs" : "labelsTr") / (id + dataset.file_ending);
}

}  // namespace medcl
