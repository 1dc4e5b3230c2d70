// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/dataset_names.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "medcl/core/folder_listing.h"
#include "medcl/core/names.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

/// The name in small letters without ".json", and without the ".txt" that some systems add unseen:
/// "Splits.json.txt" is "splits"; empty for a name of another kind.
std::string description_stem(const std::string& name) {
  std::string stem = folded_name(name);
  const auto cut = [&stem](std::string_view ending) {
    if (!stem.ends_with(ending)) return false;
    stem.resize(stem.size() - ending.size());
    return true;
  };
  const bool text = cut(".txt");
  return cut(".json") || text ? stem : "";
}

/// One of the descriptions that are not there.
std::string description_meant_by(const std::string& name, const std::vector<std::string>& absent) {
  constexpr std::size_t kBeginning = 5;  // letters; "category", "splits"
  const std::string stem = description_stem(name);
  if (stem.empty()) return "";
  for (const std::string& one : absent) {
    const std::string right = description_stem(one);
    const bool begins_alike = stem.substr(0, kBeginning) == right.substr(0, kBeginning);
    if (stem.size() >= kBeginning && begins_alike) return one;
    if (!similar_name(stem, {right}).empty()) return one;
  }
  return "";
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

std::vector<std::string> without(std::vector<std::string> names,
                                 const std::vector<std::string>& taken) {
  std::erase_if(names, [&](const std::string& one) { return is_one_of(one, taken); });
  return names;
}

void check_folder(const fs::path& root, Findings& findings) {
  const std::vector<std::string> folders{"imagesTr", "labelsTr", "imagesTs", "labelsTs"};
  const std::vector<std::string> files{"splits_final.json", "categories.json"};
  std::vector<std::string> here;
  const std::vector<FolderEntry> entries = list_folder(root);
  for (const FolderEntry& one : entries) here.push_back(one.path.filename().string());
  const std::vector<std::string> absent_folders = without(folders, here);
  const std::vector<std::string> absent_files = without(files, here);
  for (const FolderEntry& one : entries) {
    const std::string name = one.path.filename().string();
    const bool folder = one.kind == FolderEntry::Kind::kFolder;
    if (is_one_of(name, folder ? folders : files) || name == "dataset.json") continue;
    const std::string meant =
        folder ? similar_name(name, absent_folders) : description_meant_by(name, absent_files);
    if (meant.empty()) continue;
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
    const std::string meant = similar_name(key, absent);
    if (key == "scribbles" || key == "orientation" || meant.empty()) continue;
    add_misspelt(findings, (root / "dataset.json").string(), "a key that is not read", key, meant);
  }
}

}  // namespace

std::string named_like_dataset_json(const fs::path& root) {
  for (const FolderEntry& one : list_folder(root)) {
    std::string name = one.path.filename().string();
    if (description_stem(name) == "dataset") return name;
  }
  return "";
}

Findings misspelt_names(const fs::path& root, const Json& description) {
  Findings findings;
  check_folder(root, findings);
  if (description.is_object()) check_keys(root, description, findings);
  return findings;
}

}  // namespace medcl
