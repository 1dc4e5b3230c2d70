// SPDX-License-Identifier: Apache-2.0
#include "medcl/task/validation.h"

#include <gmock/gmock.h>

#include "medcl/task/data_record.h"
#include "medcl/task/test_run.h"

namespace medcl {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::HasSubstr;

class Validation : public TrainingRun {
 protected:
  /// A scribbled training case becomes the one to validate on.
  void validate_on_strokes() {
    Split& split = dataset_.splits.front();
    const auto scribbled = std::ranges::find_if(
        split.train, [&](const std::string& id) { return dataset_.find(id)->labels.has_value(); });
    split.validation = {*scribbled};
    split.train.erase(scribbled);
  }
  /// What validations are called in a run, and its notes.
  std::vector<std::string> measures_, notes_;
  void run_and_listen() {
    TrainingHooks hooks;
    hooks.on_validation = [this](const Judgement& one, std::int64_t, bool) {
      measures_.push_back(one.measure);
    };
    hooks.on_note = [this](const std::string& text) { notes_.push_back(text); };
    measures_.push_back(run("run", false, hooks).measure);
  }
};

TEST_F(Validation, OnMasksKnowsThatTheyShowEveryClass) {
  const Validator masks(dataset_, dataset_.splits.front().validation);
  EXPECT_FALSE(masks.is_on_strokes());
  EXPECT_EQ(masks.unseen_classes(), "");
  run_and_listen();
  EXPECT_THAT(measures_, Each("Dice"));
}

TEST_F(Validation, OnStrokesIsCalledWhatItIs) {
  validate_on_strokes();
  EXPECT_TRUE(Validator(dataset_, dataset_.splits.front().validation).is_on_strokes());
  run_and_listen();
  EXPECT_THAT(measures_, Each("stroke Dice"));
  EXPECT_THAT(notes_, Contains(HasSubstr("no Dice of whole structures")));
}

TEST_F(Validation, ClassesThatNoCaseShowsAreNamed) {
  const Case* one = dataset_.find(dataset_.splits.front().validation.front());
  dataset_.labels.classes.push_back({"nobody", 77});
  const Validator validator(dataset_, {one->id});
  EXPECT_EQ(validator.unseen_classes(), "nobody");
}

TEST_F(Validation, DataRecordsTellWhatChangedSince) {
  const CaseStore store = CaseStore::build(dataset_, options_.prepare, folder_.path() / "cache");
  const Split split = dataset_.splits.front();
  const Json record = data_record(dataset_, store, split);
  EXPECT_EQ(changes_since(record, dataset_), "");
  EXPECT_EQ(changes_since(Json(), dataset_), "") << "a run that kept none";
  const Case& judged = *dataset_.find(split.validation.front());
  const Case& taught = *dataset_.find(split.train.front());
  std::filesystem::copy_file(taught.images.front(), judged.images.front(),
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_THAT(changes_since(record, dataset_),
              HasSubstr(judged.images.front().filename().string() + " changed"));
  std::filesystem::remove(*judged.labels);
  EXPECT_THAT(changes_since(record, dataset_),
              HasSubstr(judged.labels->filename().string() + " gone"));
}

}  // namespace
}  // namespace medcl
