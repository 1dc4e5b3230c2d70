// SPDX-License-Identifier: Apache-2.0
#include "medcl/training/slices.h"

#include <gmock/gmock.h>

#include "medcl/dataset/test_volumes.h"

namespace medcl {
namespace {

using ::testing::HasSubstr;

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

}  // namespace
}  // namespace medcl
