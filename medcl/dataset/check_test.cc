// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/check.h"

#include <gmock/gmock.h>

#include <cmath>
#include <fstream>

#include "medcl/core/error.h"
#include "medcl/dataset/categories.h"
#include "medcl/dataset/read_case.h"
#include "medcl/dataset/test_volumes.h"
#include "medcl/image/test_support.h"

namespace medcl {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

class Check : public ::testing::Test {
 protected:
  Check() { write_small_dataset(root_.path()); }

  Dataset dataset() { return read_dataset(root_.path()); }
  fs::path image(const char* id) { return image_path(dataset(), id, 0); }
  fs::path labels(const char* id) { return label_path(dataset(), id); }
  Findings check() { return check_dataset(dataset()); }

  /// Exactly one finding of this rule, of this severity, about this file or case.
  void expect(const std::string& id, Severity severity, const std::string& where) {
    const Findings all = check();
    int found = 0;
    std::string text;
    for (const Finding& one : all) {
      text += one.id + " " + to_line(one.problem) + "\n";
      if (one.id != id) continue;
      ++found;
      EXPECT_EQ(one.severity, severity) << id;
      EXPECT_THAT(to_line(one.problem), HasSubstr(where));
    }
    EXPECT_EQ(found, 1) << id << " in\n" << text;
    EXPECT_EQ(has_errors(all), has_error_beside(all, id) || severity == Severity::kError);
  }

  static bool has_error_beside(const Findings& all, const std::string& id) {
    return std::any_of(all.begin(), all.end(), [&](const Finding& one) {
      return one.severity == Severity::kError && one.id != id;
    });
  }

  void write_constant(const char* id, float value) {
    const Geometry geometry = small_geometry();
    const auto count = static_cast<std::size_t>(geometry.voxel_count());
    write_image(image(id), {geometry, std::vector<float>(count, value)},
                make_source_header(geometry));
  }

  void write_split(const Split& split) {
    Dataset changed = dataset();
    changed.splits = {split};
    write_dataset_json(changed);
  }

  TestFolder root_;
};

TEST_F(Check, SoundDataHasNoErrorsAndNoWarnings) {
  for (const Finding& one : check()) {
    EXPECT_EQ(one.severity, Severity::kInfo) << one.id << " " << to_line(one.problem);
  }
}

TEST_F(Check, BrokenFiles) {
  std::vector<std::uint8_t> bytes = read_file(image("b"));
  bytes.resize(bytes.size() / 2);
  std::ofstream(image("b"), std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  expect("unreadable", Severity::kError, "b_0000.nii.gz");
}

TEST_F(Check, BrokenLabelFiles) {
  std::ofstream(labels("b")) << "hello";
  expect("unreadable", Severity::kError, "labelsTr/b.nii.gz");
}

TEST_F(Check, LabelsOfAnotherSize) {
  write_test_labels(labels("b"), small_geometry({6, 5, 3}), scribble_value);
  expect("label-size", Severity::kError, "labelsTr/b.nii.gz");
}

TEST_F(Check, LabelsOnAnotherGrid) {
  Geometry other = small_geometry();
  other.world_from_index[1][3] += 0.02;
  write_test_labels(labels("b"), other, scribble_value);
  expect("label-geometry", Severity::kError, "labelsTr/b.nii.gz");
}

TEST_F(Check, LabelsOutsideTheMap) {
  write_test_labels(labels("b"), small_geometry(), [](std::int64_t v) { return v == 3 ? 9 : 0; });
  expect("label-outside-map", Severity::kError, "9 (1 voxel)");
}

TEST_F(Check, LabelsThatAreNoIntegers) {
  Image half{small_geometry(), std::vector<float>(120, 0)};
  half.voxels[5] = 1.5F;
  write_image(labels("b"), half, make_source_header(half.geometry));
  expect("label-not-integer", Severity::kError, "labelsTr/b.nii.gz");
}

TEST_F(Check, LabelsStoredAsFloat) {
  Image whole{small_geometry(), std::vector<float>(120, 4)};
  for (std::size_t v = 0; v < 20; ++v) whole.voxels[v] = 0;
  write_image(labels("b"), whole, make_source_header(whole.geometry));
  expect("labels-stored-as-float", Severity::kInfo, "labelsTr/b.nii.gz");
}

TEST_F(Check, NonFiniteVoxels) {
  Image bad{small_geometry(), std::vector<float>(120, 1)};
  bad.voxels[0] = std::nanf("");
  bad.voxels[1] = INFINITY;
  write_image(image("b"), bad, make_source_header(bad.geometry));
  expect("not-finite", Severity::kError, "2 voxels");
}

TEST_F(Check, ConstantImages) {
  write_constant("b", 7);
  expect("constant-image", Severity::kWarning, "b_0000.nii.gz");
  write_constant("b", 0);
  expect("all-zero-image", Severity::kWarning, "b_0000.nii.gz");
}

TEST_F(Check, EmptyScribbles) {
  write_test_labels(labels("b"), small_geometry(), [](std::int64_t) { return 4; });
  expect("empty-scribble", Severity::kWarning, "labelsTr/b.nii.gz");
}

TEST_F(Check, ScribblesWithoutBackground) {
  write_test_labels(labels("b"), small_geometry(), [](std::int64_t v) { return v < 9 ? 1 : 4; });
  expect("no-background-scribble", Severity::kWarning, "labelsTr/b.nii.gz");
}

TEST_F(Check, NoAnnotationAtAll) {
  for (const char* id : {"a", "b", "c", "d"}) fs::remove(labels(id));
  expect("no-annotation", Severity::kError, "labelsTr");
}

TEST_F(Check, ClassesThatNobodyDrew) {
  for (const char* id : {"a", "b", "c", "d"}) {
    write_test_labels(labels(id), small_geometry(), [](std::int64_t v) { return v % 3; });
  }
  expect("class-never-annotated", Severity::kError, "LV");
}

TEST_F(Check, SpecksInDenseMasks) {
  write_test_labels(labels("d"), small_geometry(), [](std::int64_t v) {
    return v == 119 ? 1 : v < 60 ? 1 + static_cast<std::int32_t>(v % 3) : 0;
  });
  expect("label-specks", Severity::kWarning, "labelsTr/d.nii.gz");
}

TEST_F(Check, DenseAmongScribbles) {
  expect("dense-among-scribbles", Severity::kInfo, "1 dense: d");
}

TEST_F(Check, LabelFilesOfBackgroundAloneAmongScribbles) {
  write_test_labels(labels("a"), small_geometry(), [](std::int64_t) { return 0; });
  expect("empty-among-scribbles", Severity::kWarning, "found a");
}

TEST_F(Check, SingleSlices) {
  write_test_image(image("b"), small_geometry({6, 5, 1}), 2);
  write_test_labels(labels("b"), small_geometry({6, 5, 1}), scribble_value);
  expect("single-slice", Severity::kInfo, "b_0000.nii.gz");
}

TEST_F(Check, SlicesAlongAnotherAxis) {
  Geometry sideways = small_geometry();
  sideways.world_from_index = {{{8, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}}};
  write_test_image(image("b"), sideways, 2);
  write_test_labels(labels("b"), sideways, scribble_value);
  expect("slice-axis", Severity::kWarning, "axis 1");
}

TEST_F(Check, DuplicatesLeakFromTrainingToValidation) {
  fs::copy_file(image("a"), image("b"), fs::copy_options::overwrite_existing);
  expect("duplicate-image", Severity::kWarning, "case b");
  fs::copy_file(image("d"), image("b"), fs::copy_options::overwrite_existing);
  expect("duplicate-image", Severity::kError, "case d");
  const fs::path test = image_path(dataset(), "t", 0, true);
  fs::create_directories(test.parent_path());
  fs::copy_file(image("c"), test);
  fs::remove(image("b"));
  fs::remove(labels("b"));
  expect("duplicate-image", Severity::kError, "case t");
}

TEST_F(Check, WrongNumTraining) {
  Json json = read_json(root_ / "dataset.json");
  json["numTraining"] = 5;
  write_json(root_ / "dataset.json", json);
  expect("num-training", Severity::kWarning, "expected 4, found 5");
}

TEST_F(Check, StrayLabelFiles) {
  fs::copy_file(labels("a"), root_ / "labelsTr" / "z.nii.gz");
  expect("label-without-image", Severity::kWarning, "z.nii.gz");
}

TEST_F(Check, SplitsThatCannotBeUsed) {
  write_split({{"a", "b", "ghost"}, {"d"}});
  expect("split-unknown-case", Severity::kError, "ghost");
  write_split({{"a", "b", "d"}, {"d"}});
  expect("split-overlap", Severity::kError, "d");
  write_test_labels(labels("a"), small_geometry(), [](std::int64_t v) { return v % 3; });
  write_split({{"a"}, {"d"}});
  expect("split-class-missing", Severity::kError, "LV");
  write_split({{"d"}, {"a"}});
  expect("split-class-not-validated", Severity::kWarning, "LV");
  fs::remove(labels("a"));
  expect("split-unlabelled-validation", Severity::kError, "a");
}

TEST_F(Check, DescriptionsThatAreLinksToNothing) {
  write_split({{"a", "b"}, {"d"}});
  for (const char* name : {"categories.json", "splits_final.json", "dataset.json"}) {
    fs::remove(root_ / name);
    fs::create_symlink("nowhere", root_ / name);
    try {
      const Findings all = check_dataset(dataset());
      EXPECT_TRUE(has_errors(all)) << name;
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), HasSubstr(name));
      EXPECT_THAT(error.what(), HasSubstr("link to nothing"));
    }
    if (std::string(name) != "dataset.json") fs::remove(root_ / name);
  }
}

TEST_F(Check, LabelFilesAmongTheImages) {
  fs::copy_file(labels("a"), root_ / "imagesTr" / "a.nii.gz");
  expect("label-among-images", Severity::kError, "move it into labelsTr");
}

TEST_F(Check, CategoriesThatContradictScribbles) {
  const SliceTags all = complete_tags({true, true, true, true});
  const SliceTags few = complete_tags({true, true, false, true});
  write_categories(dataset(), {{"a", {all, few, std::nullopt, all}}});
  expect("categories-contradict-labels", Severity::kError, "a, slice 1");
  write_categories(dataset(), {{"ghost", {all}}});
  expect("categories-unknown-case", Severity::kWarning, "ghost");
  SliceCategories longer(static_cast<std::size_t>(small_geometry().size[2]) + 2);
  longer.back() = all;
  write_categories(dataset(), {{"a", longer}});
  expect("categories-unknown-slice", Severity::kError, "slices are counted from 0");
  std::ofstream(root_ / "categories.json") << "{";
  expect("categories-unreadable", Severity::kError, "categories.json");
}

TEST_F(Check, ScansOfASizeThatNoScannerHas) {
  for (const double factor : {1e-3, 1e4}) {
    Geometry geometry = small_geometry();
    for (auto& row : geometry.world_from_index) {
      for (double& entry : row) entry *= factor;
    }
    write_test_image(image("a"), geometry, 3);
    expect("implausible-size", Severity::kWarning, "another unit than mm");
  }
}

TEST_F(Check, BrightnessFarFromTheOthers) {
  for (int i = 0; i < 4; ++i) {
    write_test_image(image_path(dataset(), "e" + std::to_string(i), 0), small_geometry(),
                     50 + static_cast<std::uint64_t>(i));
  }
  Loaded<float> loaded = read_image(image("b"));
  for (float& voxel : loaded.volume.voxels) voxel *= 100;
  write_image(image("b"), loaded.volume, loaded.source);
  expect("intensity-outlier", Severity::kWarning, "case b");
}

TEST_F(Check, ContradictingOrientation) {
  NiftiHeader header = *make_source_header(small_geometry()).nifti;
  header.srow[0][3] += 3;
  header.sform_code = header.qform_code = 1;
  const std::vector<float> voxels = read_image(image("b")).volume.voxels;
  write_nifti(image("b"), header, voxels, NiftiType::kInt16);
  expect("orientation-conflict", Severity::kError, "b_0000.nii.gz");
  header.sform_code = header.qform_code = 0;
  write_nifti(image("b"), header, voxels, NiftiType::kInt16);
  expect("no-orientation", Severity::kError, "b_0000.nii.gz");
}

TEST_F(Check, ChannelsOnDifferentGrids) {
  Dataset changed = dataset();
  changed.channel_names = {"LGE", "T2"};
  for (const char* id : {"a", "b", "c", "d"}) {
    Geometry geometry = small_geometry();
    if (*id == 'b') geometry.world_from_index[2][3] += 1;
    write_test_image(image_path(changed, id, 1), geometry, 80 + static_cast<std::uint64_t>(*id));
  }
  write_dataset_json(changed);
  expect("channel-geometry", Severity::kError, "b_0001.nii.gz");
}

TEST_F(Check, LabelsInAnotherAxisOrderAreReorderedNotRenamed) {
  const Labels drawn = read_labels(labels("b")).volume;
  for (const AxisOrder& order : testing::all_axis_orders()) {
    if (order.is_identity()) continue;
    Labels stored = drawn;
    reorder(stored, order);
    fs::remove(labels("b").string() + ".orig");
    write_labels(labels("b"), stored, make_source_header(stored.geometry));
    const auto before = read_file(labels("b"));
    expect("label-axis-order", Severity::kInfo, "labelsTr/b.nii.gz");
    EXPECT_FALSE(has_errors(check()));
    const Dataset read = dataset();
    const std::vector<std::uint8_t> classes = read_case(*read.find("b"), read).class_indices;
    EXPECT_EQ(classes, to_class_indices(drawn, read.labels, "b"));
    ASSERT_EQ(fix_dataset(read, check()).size(), 1u);
    EXPECT_EQ(read_file(labels("b").string() + ".orig"), before);
    const Labels fixed = read_labels(labels("b")).volume;
    EXPECT_EQ(fixed.voxels, drawn.voxels);
    EXPECT_EQ(difference(fixed.geometry, drawn.geometry), "");
    EXPECT_TRUE(fix_dataset(dataset(), check()).empty());
  }
}

TEST_F(Check, LabelsThatFitOnlyAsAnArrayAreAQuestion) {
  Geometry other = small_geometry();
  other.world_from_index[0][3] += 1.5;  // two voxels
  write_test_labels(labels("b"), other, scribble_value);
  const auto before = read_file(labels("b"));
  expect("label-geometry", Severity::kError, "--alignment index");
  expect("label-geometry", Severity::kError, "--alignment world");
  EXPECT_TRUE(fix_dataset(dataset(), check()).empty()) << "nobody has chosen";
  EXPECT_EQ(read_file(labels("b")), before);
  ASSERT_EQ(fix_dataset(dataset(), check(), LabelAlignment::kWorld).size(), 1u);
  EXPECT_FALSE(has_errors(check()));
  const Labels fixed = read_labels(labels("b")).volume;
  EXPECT_EQ(difference(fixed.geometry, small_geometry()), "");
  for (std::int64_t v = 0; v < 120; ++v) {  // x runs to the left: two voxels further in the array
    ASSERT_EQ(fixed.voxels[static_cast<std::size_t>(v)], v % 6 < 4 ? scribble_value(v + 2) : 4);
  }
}

TEST_F(Check, LabelsThatWouldVanishAreNotFixed) {
  Geometry beside = small_geometry();
  beside.world_from_index[0][3] += 500;
  write_test_labels(labels("b"), beside, scribble_value);
  const auto before = read_file(labels("b"));
  const Findings done = fix_dataset(dataset(), check(), LabelAlignment::kWorld);
  ASSERT_EQ(done.size(), 1u);
  EXPECT_EQ(done[0].id, "not-fixed");
  EXPECT_NE(done[0].problem.found.find("outside the image"), std::string::npos);
  EXPECT_EQ(read_file(labels("b")), before);
}

TEST_F(Check, LabelsWithoutAnyOrientationTakeThatOfTheImage) {
  NiftiHeader header = *make_source_header(small_geometry()).nifti;
  header.sform_code = header.qform_code = 0;
  std::vector<float> voxels;
  for (std::int64_t v = 0; v < 120; ++v) voxels.push_back(static_cast<float>(scribble_value(v)));
  write_nifti(labels("b"), header, voxels, NiftiType::kUint8);
  expect("label-geometry", Severity::kError, "labelsTr/b.nii.gz");
  ASSERT_EQ(fix_dataset(dataset(), check()).size(), 1u);
  EXPECT_FALSE(has_errors(check()));
}

TEST_F(Check, ChannelsInAnotherAxisOrderAreReordered) {
  Dataset changed = dataset();
  changed.channel_names = {"LGE", "T2"};
  for (const char* id : {"a", "b", "c", "d"}) {
    Geometry geometry = small_geometry();
    if (*id == 'b') geometry = reordered(geometry, testing::all_axis_orders()[29]);
    write_test_image(image_path(changed, id, 1), geometry, 80 + static_cast<std::uint64_t>(*id));
  }
  write_dataset_json(changed);
  expect("channel-axis-order", Severity::kInfo, "b_0001.nii.gz");
  const Dataset read = dataset();
  const auto channels = read_channels_of_case(*read.find("b"), read);
  EXPECT_EQ(difference(channels[1].volume.geometry, channels[0].volume.geometry), "");
}

TEST_F(Check, FixWritesTheGeometryOfTheImageAndKeepsTheOriginal) {
  Geometry other = small_geometry();
  other.world_from_index = {{{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}}};
  write_test_labels(labels("b"), other, scribble_value);
  const auto before = read_file(labels("b"));
  const Findings done = fix_dataset(dataset(), check(), LabelAlignment::kIndex);
  ASSERT_EQ(done.size(), 1u);
  EXPECT_EQ(done[0].id, "fixed-label-geometry");
  EXPECT_FALSE(has_errors(check()));
  EXPECT_EQ(read_file(labels("b").string() + ".orig"), before);
  const Labels fixed = read_labels(labels("b")).volume;
  EXPECT_EQ(difference(fixed.geometry, small_geometry()), "");
  for (std::int64_t v = 0; v < 120; ++v) {
    ASSERT_EQ(fixed.voxels[static_cast<std::size_t>(v)], scribble_value(v));
  }
  EXPECT_TRUE(fix_dataset(dataset(), check()).empty());
  EXPECT_EQ(dataset().cases.size(), 4u);  // the kept originals are no label files
}

}  // namespace
}  // namespace medcl
