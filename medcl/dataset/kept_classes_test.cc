// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/kept_classes.h"

#include <gmock/gmock.h>

#include "medcl/dataset/case_store.h"
#include "medcl/dataset/test_volumes.h"

namespace medcl {
namespace {

using ::testing::HasSubstr;

const LabelMap kLabels{{{"background", 0}, {"RV", 1}, {"LV", 2}}, 3};

TEST(KeptClasses, CountsSlicesThatKeepAClass) {
  const std::vector<std::uint8_t> drawn{1, 1, 255, 2, 0, 1, 255, 255, 255};  // 3 slices of 3
  const std::vector<std::uint8_t> left{1, 0, 255};                           // 3 slices of 1
  const KeptClasses kept = count_kept(drawn, 3, left, 1, 3);
  EXPECT_EQ(kept, (KeptClasses{{1, 1}, {2, 1}, {1, 0}}));
  EXPECT_EQ(kept_from_text(to_text(kept), 3), kept);
}

TEST(KeptClasses, RefusesTextsOfSomethingElse) {
  for (const char* text :
       {"", "1 2", "1 1 1 1 1", "2 1 0 0 0 0", "-1 1 0 0 0 0", "a b c d e f", "1 1 1 1 1 1 1"}) {
    EXPECT_EQ(kept_from_text(text, 3), std::nullopt) << text;
  }
}

TEST(KeptClasses, SaysWhichClassesAreLostInWhichCases) {
  const KeptReport all = describe_kept({{"a", {{2, 2}, {3, 3}, {0, 0}}}}, kLabels, 2.7);
  EXPECT_FALSE(all.lost);
  EXPECT_THAT(all.line, HasSubstr("2.7 mm: every slice keeps every class"));
  const KeptReport some = describe_kept(
      {{"a", {{2, 2}, {3, 1}, {0, 0}}}, {"b", {{2, 2}, {3, 3}, {4, 4}}}}, kLabels, 2.7);
  EXPECT_TRUE(some.lost);
  EXPECT_THAT(some.line, HasSubstr("RV is lost in 2 of its 6 slices (a)"));
  EXPECT_THAT(some.line, ::testing::Not(HasSubstr("LV")));
}

/// Strokes one pixel wide of 0.6 mm, on the pixels that the presets choose.
TEST(KeptClasses, ThinStrokesSurvivePreparation) {
  const TestFolder root, folder;
  Dataset dataset = write_small_dataset(root.path());
  const Geometry geometry{{48, 48, 6}, {{{0.6, 0, 0, 0}, {0, 0.6, 0, 0}, {0, 0, 8, 0}}}};
  for (const char* id : {"a", "b", "c", "d"}) {
    write_test_image(image_path(dataset, id, 0), geometry, 5);
    write_test_labels(label_path(dataset, id), geometry, [&](std::int64_t v) {
      const std::int64_t x = v % 48, y = v / 48 % 48, z = v / (48 * 48);
      if (x == 7 + z && y > 5) return 1;
      if (x == 20 + z && y > 5 && y < 30) return 2;
      if (y == 40 && x > 15) return 3;
      return y == 2 ? 0 : 4;
    });
  }
  for (const double spacing_mm : {0.9, 1.37, 2.7}) {
    PrepareOptions options;
    options.spacing_mm = spacing_mm;
    options.reach_mm = 6;
    const CaseStore store = CaseStore::build(dataset, options, folder.path());
    const KeptReport kept = describe_kept(store.kept_classes(), dataset.labels, spacing_mm);
    EXPECT_FALSE(kept.lost) << kept.line;
    EXPECT_EQ(store.at("a").kept, (KeptClasses{{6, 6}, {6, 6}, {6, 6}, {6, 6}}));
    const CaseStore again = CaseStore::build(dataset, options, folder.path());
    EXPECT_EQ(again.kept_classes(), store.kept_classes());
  }
}

}  // namespace
}  // namespace medcl
