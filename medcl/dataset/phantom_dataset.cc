// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "medcl/core/atomic_file.h"
#include "medcl/core/error.h"
#include "medcl/core/staged_folder.h"
#include "medcl/dataset/categories.h"
#include "medcl/dataset/phantom.h"
#include "medcl/image/volume_io.h"

namespace medcl {
namespace {

enum class Role { kScribbled, kUnlabelled, kValidation, kTest };

struct Member {
  std::string id;
  std::uint32_t index = 0;
  Role role = Role::kScribbled;
};

std::vector<Member> plan(const PhantomDatasetOptions& options) {
  std::vector<Member> members;
  const auto add = [&](Role role, std::int64_t count) {
    for (std::int64_t n = 0; n < count; ++n) {
      const auto index = static_cast<std::uint32_t>(members.size());
      char id[32];
      std::snprintf(id, sizeof id, "phantom_%03u", index + 1);
      members.push_back({id, index, role});
    }
  };
  add(Role::kScribbled, options.scribbled);
  add(Role::kUnlabelled, options.unlabelled);
  add(Role::kValidation, options.validation);
  add(Role::kTest, options.test);
  return members;
}

Dataset empty_dataset(const std::filesystem::path& root) {
  Dataset dataset;
  dataset.root = root;
  dataset.name = "Phantom";
  dataset.channel_names = {"LGE"};
  dataset.labels.classes = {{"background", 0}, {"RV", 1}, {"MYO", 2}, {"LV", 3}};
  dataset.labels.ignore_value = 4;
  dataset.complete_scribbles = true;
  return dataset;
}

SliceCategories categories_of(const Labels& dense, std::int64_t class_count) {
  const std::vector<std::uint8_t> classes(dense.voxels.begin(), dense.voxels.end());
  return categories_from_labels(classes, dense.geometry.size, class_count,
                                /*complete_scribbles=*/true);
}

/// With the places of its files.
Case case_of(const Dataset& dataset, const Member& member) {
  const bool test = member.role == Role::kTest;
  Case one{member.id, {image_path(dataset, member.id, 0, test)}, {}};
  if (member.role != Role::kUnlabelled) one.labels = label_path(dataset, member.id, test);
  return one;
}

void write_member(const Dataset& dataset, const Member& member, const PhantomCase& phantom,
                  const PhantomDatasetOptions& options) {
  const SourceHeader header = make_source_header(phantom.image.geometry);
  const Case one = case_of(dataset, member);
  write_image(one.images[0], phantom.image, header);
  if (!one.labels) return;
  const Labels labels = member.role == Role::kScribbled
                            ? simulate_scribbles(phantom.dense, dataset.labels, options.scribble,
                                                 member.index, member.id)
                            : phantom.dense;
  write_labels(*one.labels, labels, header);
}

void create_folders(const std::filesystem::path& root) {
  for (const char* name : {"imagesTr", "labelsTr", "imagesTs", "labelsTs"}) {
    make_folders(root / name);
  }
}

}  // namespace

void PhantomDatasetOptions::describe(OptionTable table) {
  OptionTable of_phantom = table.scope("phantom");
  of_phantom.add("scribbled", scribbled, "training cases with scribbles", 0, 10000);
  of_phantom.add("unlabelled", unlabelled,
                 "training cases without scribbles; their slice categories are kept", 0, 10000);
  of_phantom.add("validation", validation, "validation cases with dense labels", 0, 10000);
  of_phantom.add("test", test, "test cases with dense labels", 0, 10000);
  phantom.describe(of_phantom);
  scribble.describe(table.scope("scribble"));
}

Dataset planned_phantom_dataset(const std::filesystem::path& root,
                                const PhantomDatasetOptions& options) {
  Dataset dataset = empty_dataset(root);
  Split split;
  for (const Member& member : plan(options)) {
    const bool test = member.role == Role::kTest, validation = member.role == Role::kValidation;
    (test ? dataset.test_cases : dataset.cases).push_back(case_of(dataset, member));
    if (!test) (validation ? split.validation : split.train).push_back(member.id);
  }
  dataset.splits = {split};
  return dataset;
}

Dataset write_phantom_dataset(const std::filesystem::path& root,
                              const PhantomDatasetOptions& options,
                              const std::function<void(std::int64_t, std::int64_t)>& progress) {
  if (options.scribbled + options.unlabelled + options.validation == 0) {
    fail(ErrorCode::kUsage, {.what = "a dataset needs a case in its training set",
                             .where = "--scribbled, --unlabelled, --validation",
                             .expected = "one of them above 0",
                             .found = "0, 0, 0",
                             .remedy = ""});
  }
  StagedFolder staged(root);
  create_folders(staged.path());
  const Dataset dataset = planned_phantom_dataset(staged.path(), options);
  Categories categories;
  const std::vector<Member> members = plan(options);
  for (const Member& member : members) {
    const PhantomCase phantom = make_phantom(options.phantom, member.index);
    write_member(dataset, member, phantom, options);
    if (member.role == Role::kScribbled || member.role == Role::kUnlabelled) {
      categories[member.id] = categories_of(phantom.dense, dataset.labels.class_count());
    }
    if (progress) {
      progress(static_cast<std::int64_t>(member.index) + 1,
               static_cast<std::int64_t>(members.size()));
    }
  }
  write_categories(dataset, categories);
  write_dataset_json(dataset);
  staged.publish();
  return read_dataset(root);
}

}  // namespace medcl
