// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/habit_findings.h"

#include <gmock/gmock.h>

#include "medcl/dataset/check.h"
#include "medcl/dataset/relabel_command.h"
#include "medcl/dataset/test_volumes.h"

namespace medcl {
namespace {

using ::testing::HasSubstr;

const HabitEvidence kUndrawn{LabelHabit::kZeroIsUndrawn, 0.97, 0, 3, 0};
const HabitEvidence kSwapped{LabelHabit::kIgnoreSwapped, 0.95, 0.02, 3, 0};

Dataset dataset_in(const std::string& root) {
  Dataset dataset;
  dataset.root = root;
  dataset.labels = {{{"background", 0}, {"RV", 1}, {"LV", 3}}, 4};
  return dataset;
}

TEST(RelabelCommand, IsReadyForAShell) {
  EXPECT_EQ(relabel_command("data/a/", "0=ignore"),
            "medcl relabel data/a -o data/a-relabelled --map 0=ignore");
  EXPECT_EQ(relabel_command("it's here", "0=ignore"),
            R"(medcl relabel 'it'\''s here' -o 'it'\''s here-relabelled' --map 0=ignore)");
}

TEST(HabitFindings, NameTheCommandThatConverts) {
  Dataset dataset = dataset_in("d");
  const Findings all = habit_findings(dataset, {{"a", kUndrawn}, {"b", kUndrawn}});
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].id, "zero-is-undrawn");
  EXPECT_EQ(all[0].severity, Severity::kError);
  EXPECT_THAT(to_line(all[0].problem),
              ::testing::AllOf(HasSubstr("2 cases: a, b: 0 in 97.0 %"),
                               HasSubstr("medcl relabel d -o d-relabelled --map 0=ignore (")));
  const Findings swapped = habit_findings(dataset, {{"a", kSwapped}});
  ASSERT_EQ(swapped.size(), 1u);
  EXPECT_THAT(to_line(swapped[0].problem), HasSubstr("--map 0=ignore,4=background"));
  dataset.labels.ignore_value.reset();
  EXPECT_EQ(habit_findings(dataset, {{"a", kUndrawn}})[0].severity, Severity::kWarning);
}

TEST(HabitFindings, EmptyFilesAreNotedAmongScribblesOnly) {
  const HabitEvidence empty{LabelHabit::kDense, 1, 0, 0, 0};
  const HabitEvidence nearly{LabelHabit::kDense, 1 - 1e-9, 0, 0, 0};
  const HabitEvidence scribbles{LabelHabit::kScribbles, 0.1, 0.8, 3, 0};
  const Dataset dataset = dataset_in("d");
  const Findings all = habit_findings(dataset, {{"a", empty}, {"b", scribbles}, {"c", nearly}});
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].id, "empty-among-scribbles");
  EXPECT_EQ(all[0].severity, Severity::kWarning);
  EXPECT_EQ(all[0].problem.found, "a");
  EXPECT_TRUE(habit_findings(dataset, {{"a", empty}, {"c", nearly}}).empty());
  EXPECT_EQ(habit_from_text(to_text(nearly))->zero_share, 1 - 1e-9);
}

TEST(HabitFindings, OutlinesAreAWarning) {
  const HabitEvidence outlines{LabelHabit::kOutlines, 0.97, 0, 1, 0};
  const Findings all = habit_findings(dataset_in("d"), {{"a", outlines}});
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].id, "outlines-only");
  EXPECT_EQ(all[0].severity, Severity::kWarning);
  EXPECT_THAT(to_line(all[0].problem),
              ::testing::AllOf(HasSubstr("closed lines around 0"), HasSubstr("--map 0=ignore (")));
}

TEST(HabitFindings, LeaveOtherCasesAlone) {
  const Findings some =
      habit_findings(dataset_in("d"), {{"a", kUndrawn}, {"b", kUndrawn}, {"c", HabitEvidence{}}});
  ASSERT_EQ(some.size(), 1u);
  EXPECT_THAT(some[0].problem.remedy, HasSubstr("--map 0=ignore --cases a,b"));
  EXPECT_TRUE(habit_findings(dataset_in("d"), {{"c", HabitEvidence{}}}).empty());
  const Findings odd = habit_findings(
      dataset_in("d"), {{"a, b", kUndrawn}, {"c", HabitEvidence{}}, {"e", kUndrawn}});
  EXPECT_THAT(odd[0].problem.remedy, HasSubstr(R"(--cases '"a, b",e')"));
}

/// Strokes in a ball, as drawn with a program that writes 0 where nobody drew.
TEST(HabitFindings, CheckFindsThemInFiles) {
  const TestFolder root;
  Dataset dataset = dataset_in(root.path().string());
  dataset.channel_names = {"MR"};
  dataset.labels = {{{"background", 0}, {"organ", 1}}, 2};
  const Geometry geometry = small_geometry({48, 48, 3});
  Image image{geometry, {}};
  for (std::int64_t v = 0; v < geometry.voxel_count(); ++v) {
    const std::int64_t x = v % 48 - 24, y = v / 48 % 48 - 24;
    image.voxels.push_back(static_cast<float>(100 + (x * x + y * y < 121 ? 200 : 0) + v * 7 % 19));
  }
  std::filesystem::create_directories(root / "imagesTr");
  write_image(image_path(dataset, "a", 0), image, make_source_header(geometry));
  const auto write = [&](std::int32_t undrawn, std::int32_t background) {
    write_test_labels(label_path(dataset, "a"), geometry, [=](std::int64_t v) {
      const std::int64_t x = v % 48 - 24, y = v / 48 % 48 - 24;
      if (std::abs(y) < 2 && std::abs(x) < 6) return 1;
      return std::abs(y) > 20 && std::abs(y) < 23 ? background : undrawn;
    });
    write_dataset_json(dataset);
    std::string ids;
    for (const Finding& one : check_dataset(read_dataset(root.path()))) {
      if (one.severity == Severity::kError) ids += one.id + " ";
    }
    return ids;
  };
  EXPECT_EQ(write(2, 0), "");
  EXPECT_EQ(write(0, 0), "zero-is-undrawn ");
  EXPECT_EQ(write(0, 2), "ignore-swapped ");
}

}  // namespace
}  // namespace medcl
