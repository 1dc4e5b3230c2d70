// SPDX-License-Identifier: Apache-2.0
#include "medcl/run/run_folder.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include "medcl/core/error.h"
#include "medcl/core/file_system.h"
#include "medcl/task/test_run.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

std::map<fs::path, std::string> content(const fs::path& folder) {
  std::map<fs::path, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file() || entry.path().filename() == "lock") continue;
    const auto bytes = read_file(entry.path());
    files[entry.path()] = std::string(bytes.begin(), bytes.end());
  }
  return files;
}

void put(const fs::path& path) {
  fs::create_directories(path.parent_path());
  std::ofstream(path) << "somebody's";
}

class TakenFolder : public TrainingRun {
 protected:
  void SetUp() override {
    TrainingRun::SetUp();
    set({"method.name=pce", "train.steps=2"});
  }

  /// Training in `name` is refused with a word about `found`, and leaves it as it is.
  void expect_refused(const std::string& name, const std::string& found, bool resume = false) {
    const auto before = content(folder_.path() / name);
    try {
      run(name, resume);
      ADD_FAILURE() << "trained in " << name;
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find(found), std::string::npos) << error.what();
    }
    EXPECT_EQ(content(folder_.path() / name), before);
  }
};

TEST_F(TakenFolder, NothingOfSomebodyElseIsTouched) {
  const std::vector<std::string> names = {"checkpoints/step-1000/model.pt",
                                          "checkpoints/step-00000002/state.safetensors",
                                          "best/weights.safetensors",
                                          "last/model.json",
                                          "metrics.jsonl",
                                          "config.toml",
                                          "plan.toml",
                                          "run.json",
                                          "prepared/phantom_000.safetensors",
                                          "failed_step/batch.safetensors"};
  for (std::size_t n = 0; n < names.size(); ++n) {
    const std::string name = "taken" + std::to_string(n);
    put(folder_.path() / name / names[n]);
    expect_refused(name, names[n].substr(0, names[n].find('/')));
    expect_refused(name, "not a run folder", /*resume=*/true);
  }
}

TEST_F(TakenFolder, FilesThatNoRunWritesDoNotMatter) {
  put(folder_.path() / "run" / "train.log");
  put(folder_.path() / "run" / "notes" / "today.txt");
  EXPECT_EQ(run("run").steps, 2);
  EXPECT_TRUE(fs::exists(folder_.path() / "run" / "notes" / "today.txt"));
}

TEST_F(TakenFolder, ARunWhoseConfigurationIsLostIsNotOverwritten) {
  run("run");
  fs::remove(folder_.path() / "run" / "config.toml");
  expect_refused("run", "config.toml of this run is lost");
  expect_refused("run", "config.toml of this run is lost", /*resume=*/true);
}

TEST_F(TakenFolder, AFailureBeforeTheFirstStepLeavesWhatWasThere) {
  put(folder_.path() / "run" / "train.log");
  options_.train.split = 7;
  EXPECT_THROW(run("run"), Error);
  EXPECT_THROW(run("fresh"), Error);
  EXPECT_TRUE(fs::exists(folder_.path() / "run" / "train.log"));
  EXPECT_FALSE(fs::exists(folder_.path() / "fresh"));
  options_.train.split = 0;
  EXPECT_EQ(run("run").steps, 2) << "a run that had not begun is no run";
}

TEST_F(TakenFolder, RunsOfEarlierVersionsHaveNoMarkAndGoOn) {
  run("run");
  fs::remove(folder_.path() / "run" / "run.json");
  options_.train.steps = 3;
  EXPECT_EQ(run("run", true).steps, 3);
  EXPECT_TRUE(fs::exists(folder_.path() / "run" / "run.json"));
}

TEST_F(TakenFolder, FoldersBesideTheCheckpointsStay) {
  run("run");
  const fs::path kept = folder_.path() / "run" / "checkpoints" / "step-1" / "mine.pt";
  const fs::path copy = folder_.path() / "run" / "checkpoints" / "step-00000001.bak" / "mine.pt";
  put(kept);
  put(copy);
  options_.train.steps = 9;
  run("run", true);
  EXPECT_TRUE(fs::exists(kept));
  EXPECT_TRUE(fs::exists(copy));
}

}  // namespace
}  // namespace medcl
