// SPDX-License-Identifier: Apache-2.0
#include "medcl/task/data_record.h"

#include <algorithm>
#include <vector>

#include "medcl/core/input_file.h"
#include "medcl/core/sha256.h"
#include "medcl/dataset/case_file.h"
#include "medcl/engine/data_changes.h"
#include "medcl/format/json_text.h"

namespace medcl {
namespace {

constexpr std::size_t kDigits = 32;
constexpr const char* kSplit = "split";

std::string hash_of(const Json& json) { return sha256_hex(json_text(json)).substr(0, kDigits); }

bool is_in(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

Json data_record(const Dataset& dataset, const CaseStore& store, const Split& split) {
  Json record;
  record["dataset.json"] = hash_of(read_json(dataset.root / "dataset.json"));
  const std::filesystem::path categories = dataset.root / "categories.json";
  if (is_there(categories)) record["categories.json"] = hash_of(read_json(categories));
  record[kSplit] = hash_of({{"train", split.train}, {"val", split.validation}});
  for (const StoredCase& one : store.cases()) {
    if (!is_in(split.train, one.id) && !is_in(split.validation, one.id)) continue;
    const Json sources = parse_json(one.file.metadata().at(kCaseSources), "case " + one.id);
    for (const auto& [name, sha256] : sources.items()) {
      record[name] = sha256.get<std::string>().substr(0, kDigits);
    }
  }
  return record;
}

std::string changes_since(const Json& record, const Dataset& dataset) {
  if (!record.is_object()) return "";
  Json now;
  for (const auto& [name, hash] : record.items()) {
    const std::filesystem::path file = dataset.root / name;
    if (name == kSplit) {
      now[name] = hash;
    } else if (is_there(file)) {
      const bool is_json = file.extension() == ".json";
      now[name] = is_json ? hash_of(read_json(file)) : sha256_of_file(file).substr(0, kDigits);
    }
  }
  return data_changes(record, now);
}

}  // namespace medcl
