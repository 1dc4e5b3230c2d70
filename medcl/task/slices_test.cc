// SPDX-License-Identifier: Apache-2.0
#include "medcl/task/slices.h"

#include <gmock/gmock.h>

#include "medcl/dataset/test_volumes.h"

namespace medcl {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Slices, SplitsThatCheckCallsAnErrorAreRefused) {
  const TestFolder root;
  Dataset dataset = write_small_dataset(root.path());
  const auto choose = [&] { static_cast<void>(chosen_split(dataset, {})); };
  EXPECT_NO_THROW(choose());
  dataset.splits = {{{"a", "ghost"}, {"d", "spirit"}}};
  const std::string unknown = message_of(ErrorCode::kInvalidData, choose);
  EXPECT_THAT(unknown, HasSubstr("splits_final.json"));
  EXPECT_THAT(unknown, HasSubstr("found ghost"));
  dataset.splits = {{{"a", "b", "d"}, {"d", "b"}}};
  EXPECT_THAT(message_of(ErrorCode::kInvalidData, choose), HasSubstr("found d, b"));
  message_of(ErrorCode::kUsage, [&] { static_cast<void>(chosen_split(dataset, {.split = 1})); });
}

TEST(Slices, ClassesThatNoScribbleShowsAreNamed) {
  const TestFolder root, cache;
  const Dataset dataset = write_small_dataset(root.path());
  for (const char* id : {"a", "b"}) {
    write_test_labels(label_path(dataset, id), small_geometry(), [](std::int64_t v) {
      return scribble_value(v) == 1 || scribble_value(v) == 3 ? 0 : scribble_value(v);
    });
  }
  const CaseStore store = CaseStore::build(dataset, {}, cache.path());
  const auto judge = [&](const std::vector<std::string>& scribbled) {
    const Split split{{"a", "b", "c"}, {"d"}};
    require_every_class(store, training_slices(store, split, scribbled, true), dataset.labels);
  };
  EXPECT_NO_THROW(judge({}));
  EXPECT_NO_THROW(judge({"c"}));
  const std::string message = message_of(ErrorCode::kInvalidData, [&] { judge({"a", "b"}); });
  EXPECT_THAT(message, HasSubstr("none of RV, LV"));
  EXPECT_THAT(message, HasSubstr("train.allow_missing_class"));
}

/// Six by five pixels of 0.75 x 0.5 mm become two by one: MYO with one pixel of LV, and RV.
TEST(Slices, ClassesLostInTheResamplingAreToldFromThoseThatNobodyDrew) {
  const TestFolder root, fine, coarse;
  const Dataset dataset = write_small_dataset(root.path());
  const auto draw = [&](const char* id, std::int32_t right) {
    write_test_labels(label_path(dataset, id), small_geometry(), [right](std::int64_t v) {
      if (v % 30 == 0) return 3;
      return v % 6 < 3 ? 2 : right;
    });
  };
  for (const char* id : {"a", "b", "c"}) draw(id, 1);
  const Split split{{"a", "b", "c"}, {"d"}};
  const auto judge = [&](double spacing_mm, const std::filesystem::path& cache) {
    PrepareOptions options;
    options.spacing_mm = spacing_mm;
    const CaseStore store = CaseStore::build(dataset, options, cache);
    require_every_class(store, training_slices(store, split, {}, true), dataset.labels);
  };
  EXPECT_NO_THROW(judge(0, fine.path()));
  const std::string lost = message_of(ErrorCode::kInvalidData, [&] { judge(2.25, coarse.path()); });
  EXPECT_THAT(lost, HasSubstr("LV was drawn, but none of it is left"));
  EXPECT_THAT(lost, HasSubstr("a smaller prepare.spacing_mm"));
  EXPECT_THAT(lost, Not(HasSubstr("annotate them")));
  for (const char* id : {"a", "b", "c"}) draw(id, 4);
  const std::string both = message_of(ErrorCode::kInvalidData, [&] { judge(2.25, coarse.path()); });
  EXPECT_THAT(both, HasSubstr("none of RV; LV was drawn"));
  EXPECT_THAT(both, HasSubstr("annotate them"));
}

}  // namespace
}  // namespace medcl
