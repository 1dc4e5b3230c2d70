// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/relabel.h"

#include <algorithm>

#include "medcl/core/error.h"
#include "medcl/core/file_system.h"
#include "medcl/core/folder_listing.h"
#include "medcl/core/staged_folder.h"
#include "medcl/dataset/case_files.h"
#include "medcl/dataset/categories.h"
#include "medcl/dataset/import_job.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

/// The same bytes under another name, without a second copy where the file system can.
void carry(const fs::path& from, const fs::path& to) {
  FileSystem::get().create_folders(to.parent_path());
  std::error_code error;
  const fs::path file = fs::canonical(from, error);  // a link to a link would break
  if (!error) fs::create_hard_link(file, to, error);
  if (!error) return;
  fs::copy_file(from, to, error);
  if (error) fail(ErrorCode::kIo, {"cannot copy the file", from.string(), "", error.message(), ""});
}

/// Where a file of `dataset` comes to lie below `root`.
fs::path below(const fs::path& root, const fs::path& file) {
  return root / file.parent_path().filename() / file.filename();
}

void relabel_file(const fs::path& from, const fs::path& to,
                  const std::map<std::int32_t, std::int32_t>& new_from_old, RelabelReport& report) {
  ReadOptions options;
  options.assume = "spacing";  // the header is kept as it is: what it says is for check to judge
  Loaded<std::int32_t> labels = read_labels(from, options);
  for (const std::int32_t value : labels.volume.voxels) ++report.voxels_before[value];
  remap_labels(labels.volume, new_from_old, from.string());
  for (const std::int32_t value : labels.volume.voxels) ++report.voxels_after[value];
  FileSystem::get().create_folders(to.parent_path());
  write_labels(to, labels.volume, labels.source);
  ++report.label_files;
}

/// What is known of a slice, under the new names: a class is present where one of those that it is
/// made of is, and absent where all are.
SliceTags renamed(const SliceTags& tags, const Dataset& dataset, const Relabelling& plan) {
  SliceTags result(plan.labels.classes.size(), Tag::kAbsent);
  result[0] = Tag::kPresent;
  for (std::size_t c = 1; c < tags.size(); ++c) {
    const auto index = plan.labels.index_of_name(plan.new_names.at(dataset.labels.classes[c].name));
    if (!index || tags[c] == Tag::kAbsent || result[*index] == Tag::kPresent) continue;
    result[*index] = tags[c];
  }
  return result;
}

Categories renamed(const Categories& categories, const Dataset& dataset, const Relabelling& plan) {
  Categories result;
  for (const auto& [id, slices] : categories) {
    SliceCategories& listed = result[id];
    listed.resize(slices.size());
    for (std::size_t k = 0; k < slices.size(); ++k) {
      if (slices[k]) listed[k] = renamed(*slices[k], dataset, plan);
    }
  }
  return result;
}

void require_cases(const Dataset& dataset, const std::vector<std::string>& ids) {
  for (const std::string& id : ids) {
    if (dataset.find(id) == nullptr) {
      fail(ErrorCode::kUsage, {"no such case", "--cases", "cases of the dataset", id, ""});
    }
  }
}

/// A value that is in no file and no label map was mistyped.
void require_values(const Dataset& dataset, const Relabelling& plan, const RelabelReport& report) {
  for (const auto& [old, now] : plan.new_from_old) {
    const bool known = dataset.labels.index_of_value(old) || dataset.labels.ignore_value == old;
    if (known || report.voxels_before.count(old) > 0) continue;
    fail(ErrorCode::kUsage, {.what = "no label file holds this value, and dataset.json has none",
                             .where = "--map " + std::to_string(old),
                             .expected = "a value of the files or a name",
                             .found = {},
                             .remedy = {}});
  }
}

void carry_other_files(const Dataset& dataset, const fs::path& root) {
  for (const FolderEntry& entry : list_folder(dataset.root)) {
    const std::string name = entry.path.filename().string();
    const bool written = name == "dataset.json" || name == "splits_final.json" ||
                         name == "categories.json" || name.front() == '.';
    if (entry.kind == FolderEntry::Kind::kFile && !written) carry(entry.path, root / name);
  }
}

}  // namespace

RelabelReport relabel_dataset(const Dataset& dataset, const Relabelling& plan,
                              const fs::path& target, const std::vector<std::string>& only,
                              const std::function<void(std::int64_t, std::int64_t)>& progress) {
  require_sound_listing(dataset);
  require_cases(dataset, only);
  StagedFolder staged(target);
  Dataset made = dataset;
  made.root = staged.path();
  made.labels = plan.labels;
  RelabelReport report;
  std::int64_t done = 0;
  const auto total = static_cast<std::int64_t>(dataset.cases.size() + dataset.test_cases.size());
  for (const auto* list : {&dataset.cases, &dataset.test_cases}) {
    for (const Case& one : *list) {
      for (const fs::path& image : one.images) carry(image, below(staged.path(), image));
      if (one.labels) {
        const bool changes =
            only.empty() || std::find(only.begin(), only.end(), one.id) != only.end();
        relabel_file(*one.labels, below(staged.path(), *one.labels),
                     changes ? plan.new_from_old : plan.same_meaning, report);
      }
      if (progress) progress(++done, total);
    }
  }
  require_values(dataset, plan, report);
  carry_other_files(dataset, staged.path());
  const Categories categories = read_categories(dataset);
  if (!categories.empty()) write_categories(made, renamed(categories, dataset, plan));
  write_dataset_json(made);
  staged.publish();
  return report;
}

}  // namespace medcl
