// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/dataset_names.h"

#include <algorithm>
#include <string>
#include <vector>

#include "medcl/core/folder_listing.h"
#include "medcl/core/names.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

/// The name without its ending, so that "splits.json" begins "splits_final.json".
std::string stem_of(const std::string& name) { return fs::path(name).stem().string(); }

/// The one of `names` that is not there and that `name` was probably meant for; empty when none is.
std::string meant_by(const std::string& name, const std::vector<std::string>& names) {
  std::vector<std::string> stems;
  for (const std::string& one : names) {
    const bool alike = fs::path(one).extension() == fs::path(name).extension();
    if (alike) stems.push_back(stem_of(one));
  }
  const std::string stem = similar_name(stem_of(name), stems);
  return stem.empty() ? "" : stem + fs::path(name).extension().string();
}

void add_misspelt(Findings& findings, const std::string& where, const std::string& what,
                  const std::string& found, const std::string& meant) {
  findings.push_back({Severity::kWarning,
                      "misspelt-name",
                      {what, where, "\"" + meant + "\", which is not there", "\"" + found + "\"",
                       "rename it if that is meant"},
                      false});
}

bool is_one_of(const std::string& name, const std::vector<std::string>& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

void check_folder(const fs::path& root, Findings& findings) {
  const std::vector<std::string> folders{"imagesTr", "labelsTr", "imagesTs", "labelsTs"};
  const std::vector<std::string> files{"splits_final.json", "categories.json"};
  std::vector<std::string> here;
  const std::vector<FolderEntry> entries = list_folder(root);
  for (const FolderEntry& one : entries) here.push_back(one.path.filename().string());
  for (const FolderEntry& one : entries) {
    const std::string name = one.path.filename().string();
    const bool folder = one.kind == FolderEntry::Kind::kFolder;
    const auto& names = folder ? folders : files;
    if (is_one_of(name, names) || (!folder && !name.ends_with(".json"))) continue;
    std::vector<std::string> absent;
    for (const std::string& known : names) {
      if (!is_one_of(known, here)) absent.push_back(known);
    }
    const std::string meant = meant_by(name, absent);
    if (meant.empty() || name == "dataset.json") continue;
    add_misspelt(findings, one.path.string(),
                 folder ? "a folder that is not read" : "a file that is not read", name, meant);
  }
}

void check_keys(const fs::path& root, const Json& description, Findings& findings) {
  std::vector<std::string> absent;
  for (const char* key : {"scribbles", "orientation"}) {
    if (!description.contains(key)) absent.emplace_back(key);
  }
  for (const auto& [key, value] : description.items()) {
    const std::string meant = meant_by(key, absent);
    if (key == "scribbles" || key == "orientation" || meant.empty()) continue;
    add_misspelt(findings, (root / "dataset.json").string(), "a key that is not read", key, meant);
  }
}

}  // namespace

Findings misspelt_names(const fs::path& root, const Json& description) {
  Findings findings;
  check_folder(root, findings);
  if (description.is_object()) check_keys(root, description, findings);
  return findings;
}

}  // namespace medcl
