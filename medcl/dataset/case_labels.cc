// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include "medcl/dataset/case_listing.h"
#include "medcl/dataset/near_names.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;
using Kind = FolderEntry::Kind;

/// Endings of images that are not read here: such a file beside an image is a label all the same.
constexpr std::array<std::string_view, 14> kForeignImages = {
    ".png", ".tif", ".tiff", ".bmp", ".jpg",  ".jpeg", ".img",
    ".hdr", ".mgz", ".mnc",  ".npy", ".nhdr", ".npz",  ".mat"};

bool is_foreign_image(const std::string& name) {
  std::string lower = name;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::any_of(kForeignImages.begin(), kForeignImages.end(),
                     [&](std::string_view ending) { return lower.ends_with(ending); });
}

/// Files of labelsTr by the name that they have without their ending.
struct LabelFiles {
  std::map<std::string, std::vector<fs::path>> by_stem;
  std::vector<fs::path> foreign_images;
  std::vector<FolderEntry> others;  ///< not named like an image
};

LabelFiles list_labels(const fs::path& folder, const std::string& ending, Findings& findings) {
  LabelFiles labels;
  for (const FolderEntry& entry : list_folder_if_present(folder)) {
    const std::string name = file_name(entry.path);
    if (is_passed_over(name, ending)) continue;
    const NameParts parts = parts_of_name(name, ending);
    if (parts.ending.empty() && entry.kind == Kind::kFile && is_foreign_image(name)) {
      labels.foreign_images.push_back(entry.path);
    } else if (parts.ending.empty()) {
      labels.others.push_back(entry);
    } else if (is_file(entry, findings)) {
      labels.by_stem[parts.stem].push_back(entry.path);
    }
  }
  return labels;
}

/// "b.nii.gz.bak", "b.gz" and "b", but not "bone.txt", for case b.
bool is_named_after(const std::string& name, const std::string& id) {
  if (!name.starts_with(id)) return false;
  return name.size() == id.size() || std::isalnum(static_cast<unsigned char>(name[id.size()])) == 0;
}

/// A name that is none of an image is a note, unless a case without labels may have lost them to
/// it.
void add_other(const FolderEntry& entry, const std::vector<std::string>& unlabelled,
               const std::string& ending, Findings& findings) {
  std::vector<std::string> names{file_name(entry.path)};
  if (entry.kind == Kind::kFolder && !unlabelled.empty()) {
    for (const FolderEntry& inner : list_folder_if_present(entry.path)) {
      names.push_back(file_name(inner.path));
    }
  }
  for (const std::string& id : unlabelled) {
    const auto name = std::ranges::find_if(
        names, [&](const std::string& one) { return is_named_after(one, id); });
    if (name == names.end()) continue;
    const bool inside = name != names.begin();
    add_listing_finding(
        findings, Severity::kWarning, "label-not-read",
        {"named after a case without labels, but not read", entry.path.string(),
         id + ending + ", the labels of case " + id,
         inside ? *name + " in a folder of its own" : *name,
         "if it holds the labels of the case, store them as " + id + ending + " in labelsTr"});
    return;
  }
  add_foreign(entry, findings);
}

void add_stray_label(const fs::path& path, const NameParts& parts, const NearNames& unlabelled,
                     const Dataset& dataset, Findings& findings) {
  const auto near = unlabelled.find(parts.stem);
  if (!near) {
    add_listing_finding(
        findings, Severity::kWarning, "label-without-image",
        {"label file without an image", path.string(), "", "", "remove or rename it"});
    return;
  }
  const bool readable = !parts.ending.empty();
  const bool alike = look_alike(parts.stem, *near);
  add_listing_finding(
      findings, Severity::kError, "label-nearly-named",
      {alike
           ? "the name looks like that of a case, but its accents are encoded otherwise (NFC, NFD)"
           : "label file nearly named like a case without labels",
       path.string(), *near + dataset.file_ending + ", the labels of case " + *near,
       file_name(path),
       (readable ? "rename it to " + *near + parts.ending
                 : "convert it to " + *near + dataset.file_ending) +
           ", or move it away if the case has no labels"});
}

}  // namespace

void attach_labels(std::vector<Case>& cases, const fs::path& folder, const Dataset& dataset,
                   Findings& findings) {
  LabelFiles labels = list_labels(folder, dataset.file_ending, findings);
  std::vector<std::string> unlabelled;
  for (Case& one : cases) {
    const auto files = labels.by_stem.find(one.id);
    if (files == labels.by_stem.end()) {
      unlabelled.push_back(one.id);
      continue;
    }
    one.labels = choose_file(files->second, dataset.file_ending, findings);
    labels.by_stem.erase(files);
  }
  for (const FolderEntry& entry : labels.others) {
    add_other(entry, unlabelled, dataset.file_ending, findings);
  }
  const NearNames names(unlabelled);
  for (const auto& [stem, files] : labels.by_stem) {
    for (const fs::path& file : files) {
      add_stray_label(file, parts_of_name(file_name(file), dataset.file_ending), names, dataset,
                      findings);
    }
  }
  for (const fs::path& file : labels.foreign_images) {
    add_stray_label(file, {file.stem().string(), ""}, names, dataset, findings);
  }
}

}  // namespace medcl
