// SPDX-License-Identifier: Apache-2.0
#include "medcl/training/data_record.h"

#include <algorithm>
#include <vector>

#include "medcl/core/input_file.h"
#include "medcl/core/sha256.h"
#include "medcl/dataset/case_file.h"
#include "medcl/format/json_text.h"

namespace medcl {
namespace {

constexpr std::size_t kDigits = 32, kNamesShown = 3;

std::string hash_of(const Json& json) { return sha256_hex(json_text(json)).substr(0, kDigits); }

bool is_in(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// "a, b and 2 more" with the verb; empty without names.
std::string phrase(const std::vector<std::string>& names, const std::string& what) {
  if (names.empty()) return "";
  std::string text;
  for (std::size_t n = 0; n < std::min(names.size(), kNamesShown); ++n) {
    text += (n == 0 ? "" : ", ") + names[n];
  }
  if (names.size() > kNamesShown) {
    text += " and " + std::to_string(names.size() - kNamesShown) + " more";
  }
  return text + " " + what;
}

}  // namespace

Json data_record(const Dataset& dataset, const CaseStore& store, const Split& split) {
  Json record;
  record["dataset.json"] = hash_of(read_json(dataset.root / "dataset.json"));
  const std::filesystem::path categories = dataset.root / "categories.json";
  if (is_there(categories)) record["categories.json"] = hash_of(read_json(categories));
  record["split"] = hash_of({{"train", split.train}, {"val", split.validation}});
  for (const StoredCase& one : store.cases()) {
    if (!is_in(split.train, one.id) && !is_in(split.validation, one.id)) continue;
    const Json sources = parse_json(one.file.metadata().at(kCaseSources), "case " + one.id);
    for (const auto& [name, sha256] : sources.items()) {
      record[name] = sha256.get<std::string>().substr(0, kDigits);
    }
  }
  return record;
}

std::string data_changes(const Json& before, const Json& now) {
  std::vector<std::string> changed, gone, added;
  const Json earlier = before.is_object() ? before : Json::object();
  for (const auto& [name, hash] : now.items()) {
    if (!earlier.contains(name)) {
      added.push_back(name);
    } else if (earlier.at(name) != hash) {
      changed.push_back(name);
    }
  }
  for (const auto& [name, hash] : earlier.items()) {
    if (!now.contains(name)) gone.push_back(name);
  }
  std::string text;
  for (const std::string& part :
       {phrase(changed, "changed"), phrase(gone, "gone"), phrase(added, "not there before")}) {
    if (!part.empty()) text += (text.empty() ? "" : "; ") + part;
  }
  return text;
}

}  // namespace medcl
