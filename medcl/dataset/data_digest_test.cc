// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/data_digest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>

#include "medcl/core/test_folder.h"
#include "medcl/dataset/phantom.h"
#include "medcl/format/json_text.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

PhantomDatasetOptions tiny() {
  PhantomDatasetOptions options;
  options.phantom.size = 48;
  options.phantom.slices = 2;
  options.scribbled = 2;
  options.unlabelled = 1;
  options.validation = options.test = 1;
  return options;
}

/// As if the files had lain there for an hour.
void age(const fs::path& folder) {
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    fs::last_write_time(entry, fs::file_time_type::clock::now() - std::chrono::hours(1));
  }
}

class DataDigest : public testing::Test {
 protected:
  DataDigest() { write_phantom_dataset(place(), tiny()); }
  [[nodiscard]] fs::path place() const { return folder / "data"; }
  [[nodiscard]] fs::path kept() const { return folder / "digests.json"; }
  std::string digest(const fs::path& root, bool test_cases = true) const {
    FileDigests known(kept());
    std::string text = data_digest(read_dataset(root), test_cases, known);
    known.keep();
    return text;
  }

  TestFolder folder;
};

void append_byte(const fs::path& file) { std::ofstream(file, std::ios::app) << 'x'; }

TEST_F(DataDigest, IsTheSameOfADatasetThatMoved) {
  const std::string before = digest(place());
  EXPECT_EQ(before.size(), 32U);
  fs::rename(place(), folder / "elsewhere");
  EXPECT_EQ(digest(folder / "elsewhere"), before);
}

TEST_F(DataDigest, IsAnotherOfEveryChangedFile) {
  const std::string before = digest(place());
  for (const char* part : {"imagesTr", "labelsTr", "imagesTs", "labelsTs"}) {
    for (const auto& entry : fs::directory_iterator(place() / part)) {
      SCOPED_TRACE(entry.path());
      const auto size = entry.file_size();
      append_byte(entry.path());
      EXPECT_NE(digest(place()), before);
      fs::resize_file(entry.path(), size);
      EXPECT_EQ(digest(place()), before);
    }
  }
}

TEST_F(DataDigest, KnowsWhatDescriptionsMeanAndNotTheirSpaces) {
  const std::string before = digest(place());
  append_byte(place() / "nobody-reads-this.txt");
  std::ofstream(place() / "dataset.json", std::ios::app) << "\n\n";
  EXPECT_EQ(digest(place()), before);
  Dataset dataset = read_dataset(place());
  std::swap(dataset.splits[0].train, dataset.splits[0].validation);
  write_dataset_json(dataset);
  EXPECT_NE(digest(place()), before);
}

TEST_F(DataDigest, LeavesTestCasesOutWhereTheyAreNotScored) {
  const std::string before = digest(place(), false);
  for (const auto& entry : fs::directory_iterator(place() / "imagesTs")) append_byte(entry.path());
  EXPECT_EQ(digest(place(), false), before);
}

TEST_F(DataDigest, ABrokenListOfHashesIsTakenAnew) {
  const std::string before = digest(place());
  std::ofstream(kept()) << "{\"a\": 1}";
  EXPECT_EQ(digest(place()), before);
}

TEST_F(DataDigest, AFileThatLiesStillIsNotReadAgain) {
  const fs::path file = fs::path(MEDCL_SOURCE_DIR) / "LICENSE";
  FileDigests first(kept());
  first.of(file);
  first.keep();
  Json json = read_json(kept());
  json.begin().value()[1] = "as noted";
  write_json(kept(), json);
  EXPECT_EQ(FileDigests(kept()).of(file), "as noted");
}

TEST_F(DataDigest, NamesTheFilesThatAreOtherThanWhatWasKept) {
  const fs::path same = fs::path(MEDCL_SOURCE_DIR) / "LICENSE";
  const fs::path other = fs::path(MEDCL_SOURCE_DIR) / "README.md";
  FileDigests first(kept());
  for (const fs::path& file : {same, other}) first.of(file);
  EXPECT_THAT(first.other(), testing::IsEmpty()) << "nothing was kept to be other than";
  first.keep();
  Json json = read_json(kept());
  json[other.string()] = {"an earlier time", "an earlier hash"};
  write_json(kept(), json);
  FileDigests second(kept());
  for (const fs::path& file : {same, other}) second.of(file);
  EXPECT_THAT(second.other(), testing::ElementsAre(other));
}

TEST_F(DataDigest, AFileThatJustChangedIsNotTrustedToItsTime) {
  FileDigests known(kept());
  const fs::path file = folder / "file";
  std::ofstream(file) << "one";
  const std::string first = known.of(file);
  std::ofstream(file) << "two";  // of the same size, perhaps in the same tick of the clock
  EXPECT_NE(known.of(file), first);
}

TEST_F(DataDigest, AWrittenTimeOfChangeDoesNotHideAChange) {
  FileDigests known(kept());
  const fs::path file = folder / "file";
  std::ofstream(file) << "one";
  age(folder.path());
  const std::string first = known.of(file);
  std::ofstream(file) << "two";
  age(folder.path());
  EXPECT_NE(known.of(file), first);
}

}  // namespace
}  // namespace medcl
