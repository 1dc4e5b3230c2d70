// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/listed_cases.h"

#include <algorithm>

#include "medcl/core/error.h"
#include "medcl/core/input_file.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

constexpr const char* kKey = "dataset";
constexpr const char* kForm = R"({"case": {"images": ["a_0000.nii.gz"], "label": "a.nii.gz"}})";

[[noreturn]] void refuse(const std::string& where, const std::string& what,
                         const std::string& expected, const std::string& found) {
  fail(ErrorCode::kInvalidData, {what, where, expected, found, ""});
}

fs::path listed_file(const Json& json, const Dataset& dataset, const std::string& where) {
  if (!json.is_string()) refuse(where, "wrong list of files", kForm, json.dump());
  fs::path path = (dataset.root / json.get<std::string>()).lexically_normal();
  if (!is_file(path)) refuse(where, "listed, but there is no such file", "a file", path.string());
  return path;
}

Case listed_case(const std::string& id, const Json& json, const Dataset& dataset,
                 const std::string& where) {
  const auto images = json.is_object() ? json.find("images") : json.end();
  if (!json.is_object() || images == json.end() || !images->is_array()) {
    refuse(where, "wrong list of files", kForm, json.dump().substr(0, 120));
  }
  const bool is_name = !id.empty() && id.find('/') == std::string::npos && id.front() != '.';
  if (!is_name) refuse(where, "no name for a case", "one that a file can have", id);
  Case one{id, {}, std::nullopt};
  for (const Json& image : *images) one.images.push_back(listed_file(image, dataset, where));
  const std::size_t channels = dataset.channel_names.size();
  if (one.images.size() != channels && one.images.size() != 1) {
    refuse(where, "wrong number of channels", std::to_string(channels),
           std::to_string(one.images.size()));
  }
  const auto label = json.find("label");
  if (label != json.end() && !label->is_null()) {
    one.labels = listed_file(*label, dataset, where);
  }
  return one;
}

}  // namespace

bool lists_cases(const Dataset& dataset) {
  if (!dataset.description.is_object()) return false;
  const auto list = dataset.description.find(kKey);
  return list != dataset.description.end() && list->is_object();
}

std::vector<Case> listed_cases(const Dataset& dataset) {
  const std::string where = (dataset.root / "dataset.json").string() + ": " + kKey;
  const Json& list = dataset.description.at(kKey);
  std::vector<Case> cases;
  for (const auto& [id, files] : list.items()) {
    cases.push_back(listed_case(id, files, dataset, where + "." + id));
  }
  std::sort(cases.begin(), cases.end(), [](const Case& a, const Case& b) { return a.id < b.id; });
  return cases;
}

}  // namespace medcl
