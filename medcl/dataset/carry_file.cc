// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/carry_file.h"

#include <algorithm>

#include "medcl/core/error.h"
#include "medcl/core/file_system.h"
#include "medcl/core/folder_listing.h"
#include "medcl/dataset/listed_cases.h"
#include "medcl/image/picture.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

fs::path below(const fs::path& root, const fs::path& file) {
  return root / file.parent_path().filename() / file.filename();
}

/// `path` of the layout with the ending that the file has.
fs::path with_ending_of(const fs::path& file, const fs::path& path) {
  return path.parent_path() / (split_readable_name(path).stem + split_readable_name(file).ending);
}

/// Whether the file has its place from the list of dataset.json.
bool is_listed(const Dataset& dataset, const Case& one) {
  const auto same = [&](const Case& other) { return other.id == one.id; };
  return lists_cases(dataset) && std::any_of(dataset.cases.begin(), dataset.cases.end(), same);
}

Dataset copy_in(const fs::path& root, const Dataset& dataset) {
  Dataset copy;
  copy.root = root;
  copy.file_ending = dataset.file_ending;
  return copy;
}

}  // namespace

void carry_file(const fs::path& from, const fs::path& to) {
  FileSystem::get().create_folders(to.parent_path());
  std::error_code error;
  const fs::path file = fs::canonical(from, error);  // a link to a link would break
  if (!error) fs::create_hard_link(file, to, error);
  if (!error) return;
  fs::copy_file(from, to, error);
  if (error) fail(ErrorCode::kIo, {"cannot copy the file", from.string(), "", error.message(), ""});
}

fs::path carried_image(const Dataset& dataset, const Case& one, std::size_t channel,
                       const fs::path& root) {
  const fs::path& file = one.images.at(channel);
  if (!is_listed(dataset, one)) return below(root, file);
  return with_ending_of(file,
                        image_path(copy_in(root, dataset), one.id, static_cast<int>(channel)));
}

fs::path carried_labels(const Dataset& dataset, const Case& one, const fs::path& root) {
  if (!is_listed(dataset, one)) return below(root, *one.labels);
  return with_ending_of(*one.labels, label_path(copy_in(root, dataset), one.id));
}

fs::path writable_labels(const fs::path& labels) {
  if (!is_picture_path(labels)) return labels;
  return labels.parent_path() / (split_readable_name(labels).stem + ".nii.gz");
}

void carry_other_files(const Dataset& dataset, const fs::path& root) {
  for (const FolderEntry& entry : list_folder(dataset.root)) {
    const std::string name = entry.path.filename().string();
    const bool written = name == "dataset.json" || name == "splits_final.json" ||
                         name == "categories.json" || name.front() == '.';
    if (entry.kind == FolderEntry::Kind::kFile && !written) carry_file(entry.path, root / name);
  }
}

}  // namespace medcl
