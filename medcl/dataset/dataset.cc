// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/dataset.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "medcl/core/error.h"
#include "medcl/core/folder_listing.h"
#include "medcl/core/input_file.h"
#include "medcl/core/names.h"
#include "medcl/dataset/case_files.h"
#include "medcl/dataset/dataset_names.h"
#include "medcl/dataset/description_file.h"
#include "medcl/dataset/label_form.h"
#include "medcl/dataset/label_regions.h"
#include "medcl/dataset/listed_cases.h"
#include "medcl/dataset/orientation.h"
#include "medcl/dataset/relabel_command.h"
#include "medcl/image/volume_io.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxChannels = 64;

[[noreturn]] void refuse(const std::string& where, const std::string& what,
                         const std::string& expected, const std::string& found,
                         const std::string& remedy = "") {
  fail(ErrorCode::kInvalidData, {what, where, expected, found, remedy});
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
  std::string ending = json.get<std::string>();
  if (ending.size() < 2 || ending[0] != '.' || ending.find('/') != std::string::npos) {
    refuse(where + ": file_ending", "wrong value", "an ending like \".nii.gz\"", json.dump());
  }
  return ending;
}

std::string orientation_from_json(const Json& json, const std::string& where) {
  const std::string text = json.is_string() ? json.get<std::string>() : "";
  if (!is_orientation(text)) {
    refuse(where + ": orientation", "wrong value", "anatomical, array, or axes such as RAS",
           json.dump());
  }
  return text == "auto" ? "" : text;
}

/// Versions 1 of nnU-Net and the Decathlon: {"0": "background"} and "modality".
void refuse_version_1(const Json& json, const fs::path& root, const std::string& where) {
  if (!json.is_object()) return;
  const auto labels = json.find("labels");
  if (labels != json.end() && is_from_number_to_name(*labels)) {
    const bool numbered = std::ranges::any_of(
        list_folder_if_present(root / "imagesTr"), [](const FolderEntry& entry) {
          return image_name_of(split_image_name(entry.path).stem).has_value();
        });
    const std::string kind = numbered ? "nnunet1" : "msd";
    refuse(where, "labels from number to name, as in version 1 of nnU-Net and in the Decathlon",
           "{\"background\": 0, ...}", labels->dump(),
           "convert it: medcl import " + kind + " " + root.string() + " NEW");
  }
  if (json.contains("modality") && !json.contains("channel_names")) {
    refuse(where, "missing key", "\"channel_names\"", "\"modality\"",
           "rename \"modality\" to \"channel_names\"" +
               std::string(json.contains("file_ending") ? ""
                                                        : " and add \"file_ending\": \".nii.gz\""));
  }
}

/// Words for voxels that nobody annotated, with '_' and '-' as spaces.
constexpr std::array<std::string_view, 11> kIgnoreWords = {
    "ignore",      "ignored",      "unlabeled", "unlabelled", "unannotated", "not annotated",
    "not labeled", "not labelled", "unknown",   "void",       "undefined"};

bool sounds_like_ignore(const std::string& name) {
  std::string words = name;
  std::ranges::replace_if(
      words, [](char c) { return c == '_' || c == '-' || c == '\t'; }, ' ');
  return std::ranges::find(kIgnoreWords, folded_name(words)) != kIgnoreWords.end();
}

/// "ignore" counts only as it is written there; whoever writes it otherwise gets a class.
void note_ignore_like_names(Dataset& dataset, const std::string& where) {
  for (const LabelClass& one : dataset.labels.classes) {
    if (!sounds_like_ignore(one.name)) continue;
    dataset.findings.push_back(
        {Severity::kWarning,
         "class-named-ignore",
         {"a class named like the label of voxels that nobody annotated", where + ": labels",
          "\"ignore\"", "\"" + one.name + "\"",
          "if that is meant: " + relabel_command(dataset.root, one.name + "=ignore") +
              "; else the model learns it as a class"},
         false});
  }
}

void enter_cases(Dataset& dataset) {
  for (const bool test : {false, true}) {
    if (!test && lists_cases(dataset)) {
      dataset.cases = listed_cases(dataset);
      continue;
    }
    CaseListing listing = list_cases(dataset, test);
    (test ? dataset.test_cases : dataset.cases) = std::move(listing.cases);
    dataset.findings.insert(dataset.findings.end(), listing.findings.begin(),
                            listing.findings.end());
  }
  if (!dataset.cases.empty() || !dataset.test_cases.empty()) return;
  const auto said =
      std::find_if(dataset.findings.begin(), dataset.findings.end(),
                   [](const Finding& one) { return one.severity != Severity::kInfo; });
  const Problem found = said == dataset.findings.end() ? Problem{} : said->problem;
  refuse(dataset.root.string(), "no cases", "files like imagesTr/<case>_0000" + dataset.file_ending,
         found.where.empty() ? "none" : found.where + ": " + found.what, found.remedy);
}

Dataset described_dataset(const Json& json, const std::string& where, IgnoreRule rule) {
  if (!json.is_object()) refuse(where, "wrong type", "an object", json.type_name());
  Dataset dataset;
  dataset.description = json;
  const Json order = json.value("regions_class_order", Json());
  dataset.labels = LabelMap::from_json(
      labels_without_regions(required(json, "labels", where), order, where, dataset.findings),
      where, rule);
  dataset.channel_names = channel_names_from_json(required(json, "channel_names", where), where);
  dataset.file_ending = file_ending_from_json(required(json, "file_ending", where), where);
  if (const auto found = json.find("orientation"); found != json.end()) {
    dataset.orientation = orientation_from_json(*found, where);
  }
  if (const auto found = json.find("scribbles"); found != json.end()) {
    if (*found != "complete" && *found != "partial") {
      refuse(where + ": scribbles", "wrong value", "\"complete\" or \"partial\"", found->dump());
    }
    dataset.complete_scribbles = *found == "complete";
  }
  const auto name = json.find("name");
  if (name != json.end() && name->is_string()) dataset.name = name->get<std::string>();
  return dataset;
}

void enter_splits(Dataset& dataset) {
  const fs::path file = dataset.root / "splits_final.json";
  if (!has_description(file)) return;
  dataset.splits = splits_from_json(read_json(file), file.string());
  if (!dataset.splits.empty()) return;
  dataset.findings.push_back(
      {Severity::kWarning,
       "no-splits",
       {"holds no split: all cases are trained on, none is validated on", file.string(),
        "[{\"train\": [ids], \"val\": [ids]}]", "[]", "name the cases, or remove the file"},
       false});
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

std::string counted_cases(const std::vector<Case>& cases) {
  const auto labelled = static_cast<std::size_t>(std::count_if(
      cases.begin(), cases.end(), [](const Case& one) { return one.labels.has_value(); }));
  return std::to_string(cases.size()) + (cases.size() == 1 ? " case (" : " cases (") +
         std::to_string(labelled) + " labelled, " + std::to_string(cases.size() - labelled) +
         " unlabelled)";
}

Dataset read_dataset(const fs::path& root, IgnoreRule rule) {
  if (!is_folder(root)) {
    fail(ErrorCode::kIo,
         {"no such folder", root.string(), "a dataset folder", "",
          "make one with medcl new (of loose files), medcl import or medcl phantom"});
  }
  const fs::path file = root / "dataset.json";
  if (!has_description(file)) {
    const std::string alike = named_like_dataset_json(root);
    fail(ErrorCode::kIo, {"no dataset.json", root.string(), "the nnU-Net v2 raw layout", alike,
                          alike.empty() ? "loose images and labels become a dataset with medcl "
                                          "new, released data sets with medcl import"
                                        : "rename it to dataset.json"});
  }
  const Json description = read_json(file);
  refuse_version_1(description, root, file.string());
  Dataset dataset = described_dataset(description, file.string(), rule);
  dataset.root = root;
  note_ignore_like_names(dataset, file.string());
  if (dataset.name.empty()) dataset.name = fs::absolute(root).filename().string();
  enter_cases(dataset);
  const Findings misspelt = misspelt_names(root, description);
  dataset.findings.insert(dataset.findings.end(), misspelt.begin(), misspelt.end());
  enter_splits(dataset);
  return dataset;
}

Dataset dataset_from_json(const Json& json, const std::string& where) {
  return described_dataset(json, where, IgnoreRule::kHighestPlusOne);
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
  json.erase("regions_class_order");                // the labels that are written do not overlap
  if (lists_cases(dataset)) json.erase("dataset");  // and the files lie where the layout has them
  if (!dataset.name.empty()) json["name"] = dataset.name;
  Json channels = Json::object();
  for (std::size_t c = 0; c < dataset.channel_names.size(); ++c) {
    channels[std::to_string(c)] = dataset.channel_names[c];
  }
  json["channel_names"] = channels;
  json["labels"] = dataset.labels.to_json();
  json["numTraining"] = dataset.cases.size();
  json["file_ending"] = dataset.file_ending;
  if (!dataset.orientation.empty()) json["orientation"] = dataset.orientation;
  if (dataset.complete_scribbles) json["scribbles"] = "complete";
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
