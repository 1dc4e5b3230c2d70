// SPDX-License-Identifier: Apache-2.0
// A whole run on a disk that fails, tears or forgets at each of its operations.
//
// Each trial trains with a fault at one operation, then goes on as a person would (resume, or start
// again when the run had not begun) and must end with the bytes of a run without a fault.
// MEDCL_ALL_FAULTS=1 tries every operation, else those that differ from their neighbours and are
// chosen by a stride.

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "medcl/core/error.h"
#include "medcl/core/fault_file_system.h"
#include "medcl/task/test_run.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kStride = 3;

class FaultyRun : public TrainingRun {
 protected:
  void SetUp() override {
    TrainingRun::SetUp();
    set({"method.name=pce", "train.steps=4", "train.checkpoint_every=2", "train.validate_every=2"});
    run("whole");
    reference_ = result_of("whole");
  }

  std::string result_of(const std::string& name) {
    return state_hash(name) + weights_hash(name) + weights_hash(name, "best");
  }

  /// Steps in metrics.jsonl, in order: "1 2 v2 3 4 v4 " (v = validation).
  std::string course_of(const std::string& name) {
    std::ifstream file(folder_.path() / name / "metrics.jsonl");
    std::string course;
    for (std::string line; std::getline(file, line);) {
      const Json entry = Json::parse(line);
      course.append(entry.contains("loss") ? "" : "v").append(entry.at("step").dump()).append(" ");
    }
    return course;
  }

  /// Trains with a fault at operation k. Returns false when it went through.
  bool fails_at(std::size_t k, Fault fault, const std::string& name) {
    FaultFileSystem disk(k, fault);
    bool failed = false;
    try {
      run(name);
    } catch (const Error& error) {
      failed = true;
      EXPECT_NE(std::string(error.what()).find("injected fault"), std::string::npos)
          << error.what();
    }
    if (fault == Fault::kCrash) disk.lose_power();
    return failed;
  }

  void goes_on(std::size_t k, const std::string& name) {
    const fs::path folder = folder_.path() / name;
    const std::string where = "operation " + std::to_string(k);
    const bool begun = fs::exists(folder / "config.toml");
    if (begun && fs::exists(folder / "best" / "model.json")) {
      EXPECT_NO_THROW(load_model(folder / "best")) << where;
    }
    EXPECT_EQ(run(name, begun).steps, 4) << where;
    EXPECT_EQ(result_of(name), reference_) << where;
    EXPECT_EQ(course_of(name), "1 2 v2 3 4 v4 ") << where;
    fs::remove_all(folder);
  }

  std::vector<std::size_t> operations_to_try() {
    FaultFileSystem counting;
    run("counted");
    const char* all = std::getenv("MEDCL_ALL_FAULTS");
    std::vector<std::size_t> chosen;
    if (all != nullptr) {
      for (std::size_t k = 0; k < counting.operations(); ++k) chosen.push_back(k);
      return chosen;
    }
    const std::vector<std::size_t> distinct = counting.distinct_operations();
    for (std::size_t n = 0; n < distinct.size(); n += kStride) chosen.push_back(distinct[n]);
    return chosen;
  }

  void try_all(Fault fault) {
    const auto operations = operations_to_try();
    std::size_t failed = 0;
    for (const std::size_t k : operations) {
      failed += fails_at(k, fault, "faulty") ? 1 : 0;
      goes_on(k, "faulty");
      if (HasFailure()) return;
    }
    std::printf("%zu of %zu faults ended the run; each went on to the same result\n", failed,
                operations.size());
    EXPECT_GE(operations.size(), 30U);
    EXPECT_EQ(failed, operations.size());
  }

  std::string reference_;
};

TEST_F(FaultyRun, GoesOnAfterAFailureOfAnyOperation) { try_all(Fault::kError); }
TEST_F(FaultyRun, GoesOnAfterATornWriteAnywhere) { try_all(Fault::kTornWrite); }
TEST_F(FaultyRun, GoesOnAfterAPowerLossAtAnyOperation) { try_all(Fault::kCrash); }

}  // namespace
}  // namespace medcl
