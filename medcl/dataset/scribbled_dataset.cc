// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/scribbled_dataset.h"

#include <algorithm>

#include "medcl/core/file_system.h"
#include "medcl/core/staged_folder.h"
#include "medcl/dataset/carry_file.h"
#include "medcl/dataset/case_files.h"
#include "medcl/dataset/categories.h"
#include "medcl/image/volume_io.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

bool is_validated_on(const Dataset& dataset, const std::string& id) {
  if (dataset.splits.empty()) return false;
  const std::vector<std::string>& ids = dataset.splits.front().validation;
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

double share_annotated(const Labels& labels, std::int32_t ignore) {
  const auto open = std::count(labels.voxels.begin(), labels.voxels.end(), ignore);
  return 1 - static_cast<double>(open) / static_cast<double>(labels.voxels.size());
}

void write_labels_of(const Case& one, const Dataset& dataset, const LabelMap& map,
                     const ScribbleOptions& options, const fs::path& to,
                     std::map<std::string, double>& shares) {
  const Loaded<std::int32_t> dense = read_labels(*one.labels);
  if (is_validated_on(dataset, one.id) || share_annotated(dense.volume, *map.ignore_value) < 1) {
    carry_file(*one.labels, to);
    return;
  }
  const Labels scribbles =
      simulate_scribbles(dense.volume, map, options, case_key_of(one.id), one.labels->string());
  FileSystem::get().create_folders(to.parent_path());
  write_labels(writable_labels(to), scribbles, dense.source);
  shares[one.id] = share_annotated(scribbles, *map.ignore_value);
}

}  // namespace

ScribbledDataset write_scribbled_dataset(
    const Dataset& dataset, const ScribbleOptions& options, const fs::path& target,
    const std::function<void(std::int64_t, std::int64_t, const std::string&)>& progress) {
  require_sound_listing(dataset);
  StagedFolder staged(target);
  Dataset copy = dataset;
  copy.root = staged.path();
  copy.labels = with_ignore(dataset.labels);
  ScribbledDataset made;
  std::int64_t done = 0;
  const auto total = static_cast<std::int64_t>(dataset.cases.size());
  for (const auto* list : {&dataset.cases, &dataset.test_cases}) {
    for (const Case& one : *list) {
      for (std::size_t c = 0; c < one.images.size(); ++c) {
        carry_file(one.images[c], carried_image(dataset, one, c, staged.path()));
      }
      if (!one.labels) continue;
      const fs::path to = carried_labels(dataset, one, staged.path());
      const bool trains = list == &dataset.cases;
      if (!trains) carry_file(*one.labels, to);
      if (trains) write_labels_of(one, dataset, copy.labels, options, to, made.annotated_share);
      if (progress && trains) progress(++done, total, one.id);
    }
  }
  carry_other_files(dataset, staged.path());
  const Categories categories = read_categories(dataset);
  if (!categories.empty()) write_categories(copy, categories);
  write_dataset_json(copy);
  staged.publish();
  made.dataset = read_dataset(target);
  return made;
}

}  // namespace medcl
