// SPDX-License-Identifier: Apache-2.0
#include "medcl/task/validation.h"

#include <gmock/gmock.h>

#include "medcl/model/model_file.h"
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

TEST_F(Validation, IsTheSameWhereCasesAreReadWhenTheyAreNeeded) {
  run("run");
  const LoadedModel model = load_model(folder_.path() / "run" / "last");
  const auto& ids = dataset_.splits.front().validation;
  const auto judged = [&](const Validator& validator) {
    return validator.run(*model.network, model.card, {});
  };
  const ValidationResult kept = judged(Validator(dataset_, ids));
  const ValidationResult read = judged(Validator(dataset_, ids, /*most_kept_bytes=*/0));
  EXPECT_EQ(kept.dice, read.dice);
  EXPECT_EQ(kept.components.rule, read.components.rule);
  ASSERT_EQ(kept.volumes.size(), read.volumes.size());
  for (std::size_t k = 0; k < kept.volumes.size(); ++k) {
    EXPECT_EQ(kept.volumes[k].predicted, read.volumes[k].predicted);
    EXPECT_GT(read.volumes[k].reference, 0);
  }
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
