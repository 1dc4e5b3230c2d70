// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/relabel.h"

#include <algorithm>

#include "medcl/core/error.h"
#include "medcl/core/file_system.h"
#include "medcl/core/staged_folder.h"
#include "medcl/dataset/carry_file.h"
#include "medcl/dataset/case_files.h"
#include "medcl/dataset/categories.h"
#include "medcl/dataset/import_job.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

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
      for (std::size_t c = 0; c < one.images.size(); ++c) {
        carry_file(one.images[c], carried_image(dataset, one, c, staged.path()));
      }
      if (one.labels) {
        const bool changes =
            only.empty() || std::find(only.begin(), only.end(), one.id) != only.end();
        relabel_file(*one.labels, writable_labels(carried_labels(dataset, one, staged.path())),
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
