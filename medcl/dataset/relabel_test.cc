// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/relabel.h"

#include <gmock/gmock.h>

#include <fstream>

#include "medcl/dataset/categories.h"
#include "medcl/dataset/check.h"
#include "medcl/dataset/test_volumes.h"

namespace medcl {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;
using Values = std::map<std::int32_t, std::int32_t>;

const LabelMap kLabels{{{"background", 0}, {"RV", 1}, {"MYO", 2}}, 3};
const LabelMap kWithoutIgnore{{{"background", 0}, {"RV", 1}, {"MYO", 2}}, std::nullopt};

TEST(RelabelPlan, ZeroBecomesUnknown) {
  const Relabelling plan = plan_relabelling(kLabels, {"0=ignore"});
  EXPECT_EQ(plan.labels.to_json(), kLabels.to_json());
  EXPECT_EQ(plan.new_from_old, (Values{{0, 3}, {1, 1}, {2, 2}, {3, 3}}));
  const Relabelling added = plan_relabelling(kWithoutIgnore, {"0=ignore"});
  EXPECT_EQ(added.labels.to_json(), kLabels.to_json());
  EXPECT_EQ(added.new_from_old, (Values{{0, 3}, {1, 1}, {2, 2}}));
}

TEST(RelabelPlan, BackgroundThatWasDrawnWithAValueOfItsOwn) {
  const Relabelling swapped = plan_relabelling(kLabels, {"0=ignore", "3=background"});
  EXPECT_EQ(swapped.labels.to_json(), kLabels.to_json());
  EXPECT_EQ(swapped.new_from_old, (Values{{0, 3}, {1, 1}, {2, 2}, {3, 0}}));
  EXPECT_EQ(plan_relabelling(kWithoutIgnore, {"0=ignore", "3=background"}).new_from_old,
            swapped.new_from_old);
  EXPECT_EQ(plan_relabelling(kLabels, {"background=ignore", "ignore=background"}).new_from_old,
            swapped.new_from_old);
}

TEST(RelabelPlan, ClassesAreMergedRenamedAddedAndLeftOut) {
  EXPECT_EQ(plan_relabelling(kLabels, {"MYO=RV"}).labels.to_json().dump(),
            R"({"background":0,"RV":1,"ignore":2})");
  EXPECT_EQ(plan_relabelling(kLabels, {"2=1"}).new_from_old,
            (Values{{0, 0}, {1, 1}, {2, 1}, {3, 2}}));
  EXPECT_EQ(plan_relabelling(kLabels, {"200=LV"}).labels.to_json().dump(),
            R"({"background":0,"RV":1,"MYO":2,"LV":3,"ignore":4})");
  EXPECT_EQ(plan_relabelling(kLabels, {"200=LV"}).new_from_old,
            (Values{{0, 0}, {1, 1}, {2, 2}, {3, 4}, {200, 3}}));
  const Relabelling renamed = plan_relabelling(kLabels, {"MYO=wall"});
  EXPECT_EQ(renamed.labels.to_json().dump(), R"({"background":0,"RV":1,"wall":2,"ignore":3})");
  EXPECT_EQ(renamed.new_names.at("MYO"), "wall");
}

TEST(RelabelPlan, RefusesWhatItCannotMean) {
  for (const char* pair : {"0", "=1", "0=", "ghost=1"}) {
    EXPECT_THAT(message_of(ErrorCode::kUsage, [&] { plan_relabelling(kLabels, {pair}); }),
                HasSubstr(pair));
  }
  message_of(ErrorCode::kUsage, [] { plan_relabelling(kLabels, {"0=ignore", "0=RV"}); });
  message_of(ErrorCode::kInvalidData, [] { plan_relabelling(kLabels, {"1=ignore", "2=ignore"}); });
}

class Relabel : public ::testing::Test {
 protected:
  Relabel() : dataset_(write_small_dataset(root_.path())) {}

  RelabelReport run(const std::vector<std::string>& pairs) {
    return relabel_dataset(dataset_, plan_relabelling(dataset_.labels, pairs), folder_ / "new");
  }
  Dataset made() const { return read_dataset(folder_ / "new"); }
  std::map<fs::path, std::vector<std::uint8_t>> bytes_of_source() const {
    std::map<fs::path, std::vector<std::uint8_t>> all;
    for (const auto& entry : fs::recursive_directory_iterator(root_.path())) {
      if (entry.is_regular_file()) all[entry.path()] = read_file(entry.path());
    }
    return all;
  }

  TestFolder root_, folder_;
  Dataset dataset_;
};

TEST_F(Relabel, ChangesLabelsAndNothingElse) {
  std::ofstream(root_ / "LICENSE") << "research only";
  write_test_labels(label_path(dataset_, "a"), small_geometry(),
                    [](std::int64_t v) { return static_cast<std::int32_t>(v % 5); });
  const auto before = bytes_of_source();
  const RelabelReport report = run({"0=ignore", "4=background"});
  EXPECT_EQ(bytes_of_source(), before);
  EXPECT_EQ(report.label_files, 4);
  EXPECT_EQ(report.voxels_before.at(0), report.voxels_after.at(4));
  EXPECT_EQ(report.voxels_before.at(4), report.voxels_after.at(0));
  EXPECT_EQ(read_file(image_path(made(), "b", 0)), read_file(image_path(dataset_, "b", 0)));
  EXPECT_EQ(read_file(folder_.path() / "new" / "LICENSE"), read_file(root_ / "LICENSE"));
  EXPECT_EQ(made().splits[0].validation, dataset_.splits[0].validation);
  const Loaded<std::int32_t> labels = read_labels(label_path(made(), "a"));
  EXPECT_EQ(difference(labels.volume.geometry, small_geometry()), "");
  for (std::int64_t v = 0; v < 120; ++v) {
    const auto old = static_cast<std::int32_t>(v % 5);
    ASSERT_EQ(labels.volume.voxels[static_cast<std::size_t>(v)], old == 0 ? 4 : old == 4 ? 0 : old);
  }
  EXPECT_FALSE(has_errors(check_dataset(made())));
}

TEST_F(Relabel, CategoriesFollowTheNames) {
  write_categories(dataset_, {{"c", {complete_tags({true, true, true, true})}}});
  run({"RV=ventricle", "LV=ventricle", "MYO=ignore"});
  const Categories categories = read_categories(made());
  EXPECT_EQ(made().labels.to_json().dump(), R"({"background":0,"ventricle":1,"ignore":2})");
  EXPECT_THAT(*categories.at("c")[0], ::testing::ElementsAre(Tag::kPresent, Tag::kPresent));
}

TEST_F(Relabel, GivesAnIgnoreValueInTheMiddleTheRightOne) {
  Json json = read_json(root_ / "dataset.json");
  json["labels"] = {{"background", 0}, {"RV", 1}, {"ignore", 2}, {"MYO", 3}, {"LV", 4}};
  write_json(root_ / "dataset.json", json);
  message_of(ErrorCode::kInvalidData, [&] { read_dataset(root_.path()); });
  dataset_ = read_dataset(root_.path(), IgnoreRule::kAnyFreeValue);
  run({"ignore=ignore"});
  EXPECT_EQ(made().labels.to_json().dump(), R"({"background":0,"RV":1,"MYO":3,"LV":4,"ignore":5})");
  const auto a = read_labels(label_path(made(), "a")).volume.voxels;
  for (std::int64_t v = 0; v < 120; ++v) {
    const std::int32_t old = scribble_value(v);
    ASSERT_EQ(a[static_cast<std::size_t>(v)], old == 2 ? 5 : old);
  }
}

TEST_F(Relabel, LeavesNothingWhenAFileHoldsAValueWithoutMeaning) {
  write_test_labels(label_path(dataset_, "c"), small_geometry(),
                    [](std::int64_t v) { return v == 3 ? 9 : 0; });
  EXPECT_THAT(message_of(ErrorCode::kInvalidData, [&] { run({"0=ignore"}); }),
              ::testing::AllOf(HasSubstr("labelsTr/c.nii.gz"), HasSubstr("9")));
  EXPECT_TRUE(fs::is_empty(folder_.path()));
  run({"0=ignore", "9=LV"});
  EXPECT_EQ(read_labels(label_path(made(), "c")).volume.voxels[3], 3);
}

TEST_F(Relabel, RefusesAValueThatNothingHolds) {
  EXPECT_THAT(message_of(ErrorCode::kUsage, [&] { run({"7=RV"}); }), HasSubstr("--map 7"));
  EXPECT_TRUE(fs::is_empty(folder_.path()));
}

TEST_F(Relabel, CasesThatAreNotNamedKeepTheirMeaning) {
  write_test_labels(label_path(dataset_, "b"), small_geometry(),
                    [](std::int64_t v) { return v == 3 ? 77 : scribble_value(v); });
  const auto dense = read_labels(label_path(dataset_, "d")).volume.voxels;
  const Relabelling plan = plan_relabelling(dataset_.labels, {"0=ignore", "77=scar"});
  relabel_dataset(dataset_, plan, folder_ / "new", {"a", "b", "c"});
  EXPECT_EQ(made().labels.ignore_value, 5);
  EXPECT_EQ(read_labels(label_path(made(), "d")).volume.voxels, dense);
  const auto a = read_labels(label_path(made(), "a")).volume.voxels;
  for (std::int64_t v = 0; v < 120; ++v) {
    const std::int32_t old = scribble_value(v);
    ASSERT_EQ(a[static_cast<std::size_t>(v)], old == 0 || old == 4 ? 5 : old);
  }
  EXPECT_THAT(message_of(ErrorCode::kUsage,
                         [&] { relabel_dataset(dataset_, plan, folder_ / "x", {"ghost"}); }),
              HasSubstr("ghost"));
}

TEST_F(Relabel, WritesOnlyIntoAFreeFolder) {
  fs::create_directories(folder_.path() / "new");
  std::ofstream(folder_.path() / "new" / "mine") << "x";
  message_of(ErrorCode::kUsage, [&] { run({"0=ignore"}); });
  EXPECT_TRUE(fs::exists(folder_.path() / "new" / "mine"));
}

}  // namespace
}  // namespace medcl
