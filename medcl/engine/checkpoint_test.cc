// SPDX-License-Identifier: Apache-2.0
#include "medcl/engine/checkpoint.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "medcl/core/error.h"
#include "medcl/core/fault_file_system.h"
#include "medcl/core/log.h"
#include "medcl/core/random.h"
#include "medcl/core/test_folder.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

/// Warnings while it lives.
class Warnings {
 public:
  Warnings() {
    set_log_sink([this](LogLevel level, const std::string& message) {
      if (level == LogLevel::kWarning) text += message + "\n";
    });
  }
  Warnings(const Warnings&) = delete;
  Warnings& operator=(const Warnings&) = delete;
  ~Warnings() { set_log_sink({}); }
  std::string text;
};

fs::path step_folder(const TestFolder& run, const std::string& number) {
  return run.path() / "checkpoints" / ("step-000000" + number);
}

void flip_bit(const fs::path& path, std::int64_t bit) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(bit / 8);
  const int value = file.get() ^ (1 << (bit % 8));
  file.seekp(bit / 8);
  file.put(static_cast<char>(value));
}

Checkpoint numbered(std::int64_t step) {
  return {step,
          {{"x", torch::full({3}, static_cast<float>(step))}},
          {{"note", "kept"}, {"rate", 1e-05}}};
}

TEST(Checkpoint, KeepsTheLastTwoAndLoadsTheNewest) {
  const TestFolder folder;
  EXPECT_FALSE(load_latest_checkpoint(folder.path()).has_value());
  for (const std::int64_t step : {5, 10, 15}) {
    save_checkpoint(folder.path(), numbered(step));
  }
  const auto latest = load_latest_checkpoint(folder.path());
  ASSERT_TRUE(latest.has_value());
  EXPECT_EQ(latest->step, 15);
  EXPECT_EQ(latest->tensors.at("x")[0].item<float>(), 15.0F);
  EXPECT_EQ(latest->values.at("note"), "kept");
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "checkpoints" / "step-00000005"));
}

TEST(Checkpoint, FallsBackWhenTheNewestIsDamaged) {
  const TestFolder folder;
  save_checkpoint(folder.path(), numbered(5));
  save_checkpoint(folder.path(), numbered(10));
  const auto file = folder.path() / "checkpoints" / "step-00000010" / "state.safetensors";
  const auto size = static_cast<std::int64_t>(std::filesystem::file_size(file));
  for (std::int64_t offset = 0; offset < size; offset += 7) {
    std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekg(offset);
    const char old = static_cast<char>(bytes.get());
    bytes.seekp(offset);
    bytes.put(static_cast<char>(old ^ 0x10));
    bytes.close();
    const auto latest = load_latest_checkpoint(folder.path());
    ASSERT_TRUE(latest.has_value());
    EXPECT_EQ(latest->step, 5) << "byte " << offset;
    bytes.open(file, std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekp(offset);
    bytes.put(old);
  }
  EXPECT_EQ(load_latest_checkpoint(folder.path())->step, 10);
}

TEST(Checkpoint, EveryFlippedBitIsRefusedAndNamedAndTheOneBeforeIsTaken) {
  const char* asked = std::getenv("MEDCL_BIT_FLIPS");
  const int flips = asked != nullptr ? std::atoi(asked) : 200;
  const TestFolder folder;
  save_checkpoint(folder.path(), numbered(5));
  save_checkpoint(folder.path(), numbered(10));
  RandomStream random({11, 0, 0, Purpose::kTest});
  int refused = 0;
  for (int trial = 0; trial < flips; ++trial) {
    const std::string name = trial % 2 == 0 ? "manifest.json" : "state.safetensors";
    const fs::path file = step_folder(folder, "10") / name;
    const auto bit = random.integer(static_cast<std::int64_t>(fs::file_size(file)) * 8);
    flip_bit(file, bit);
    const Warnings warnings;
    const auto latest = load_latest_checkpoint(folder.path());
    const bool right =
        latest && latest->step == 5 &&
        warnings.text.find((step_folder(folder, "10") / name).string()) != std::string::npos;
    EXPECT_TRUE(right) << name << " bit " << bit << ": " << warnings.text;
    refused += right ? 1 : 0;
    flip_bit(file, bit);
  }
  std::printf("%d of %d flipped bits refused\n", refused, flips);
  EXPECT_EQ(load_latest_checkpoint(folder.path())->step, 10);
}

TEST(Checkpoint, AFailureOrPowerLossAtAnyOperationOfASaveLeavesACheckpoint) {
  std::size_t operations = 0;
  for (const Fault fault : {Fault::kError, Fault::kTornWrite, Fault::kCrash}) {
    bool completed = false;
    for (std::size_t k = 0; !completed; ++k) {
      const TestFolder folder;
      save_checkpoint(folder.path(), numbered(5));
      save_checkpoint(folder.path(), numbered(10));
      {
        FaultFileSystem faulty(k, fault);
        try {
          save_checkpoint(folder.path(), numbered(15));
          completed = true;
        } catch (const Error&) {
        }
        if (fault == Fault::kCrash) faulty.lose_power();
        operations = faulty.operations();
      }
      const auto latest = load_latest_checkpoint(folder.path());
      ASSERT_TRUE(latest.has_value()) << "operation " << k;
      EXPECT_TRUE(latest->step == 15 || (!completed && latest->step == 10)) << "operation " << k;
      EXPECT_EQ(latest->tensors.at("x")[0].item<float>(), static_cast<float>(latest->step));
    }
  }
  EXPECT_GE(operations, 15U);
}

TEST(Checkpoint, AcknowledgedCheckpointsSurviveAPowerLossWithTheirFolders) {
  const TestFolder folder;
  FaultFileSystem disk;
  save_checkpoint(folder / "runs", numbered(5));
  disk.lose_power();
  EXPECT_EQ(load_latest_checkpoint(folder / "runs")->step, 5);
}

TEST(Checkpoint, AnInterruptedSaveDoesNotCountAsOne) {
  const TestFolder folder;
  save_checkpoint(folder.path(), numbered(5));
  fs::create_directories(step_folder(folder, "10"));
  std::ofstream(step_folder(folder, "10") / "state.safetensors") << "half";
  EXPECT_EQ(load_latest_checkpoint(folder.path())->step, 5);
  save_checkpoint(folder.path(), numbered(12));
  fs::remove(step_folder(folder, "12") / "manifest.json");
  EXPECT_EQ(load_latest_checkpoint(folder.path())->step, 5);
}

TEST(Checkpoint, AfterAFallBackTheNewCheckpointIsKeptAndTheDamagedOneGoes) {
  const TestFolder folder;
  save_checkpoint(folder.path(), numbered(10));
  save_checkpoint(folder.path(), numbered(20));
  flip_bit(step_folder(folder, "20") / "state.safetensors", 100);
  EXPECT_EQ(load_latest_checkpoint(folder.path())->step, 10);
  save_checkpoint(folder.path(), numbered(15));
  EXPECT_EQ(load_latest_checkpoint(folder.path())->step, 15);
  EXPECT_TRUE(fs::exists(step_folder(folder, "10")));
  EXPECT_FALSE(fs::exists(step_folder(folder, "20")));
}

TEST(Checkpoint, WhenAllAreDamagedNothingStartsFromNothing) {
  const TestFolder folder;
  save_checkpoint(folder.path(), numbered(5));
  for (const char* text : {"", "[]", "{\"format\": 1}", "{\"format\": \"two\"}"}) {
    std::ofstream(step_folder(folder, "05") / "manifest.json") << text;
    try {
      static_cast<void>(load_latest_checkpoint(folder.path()));
      FAIL() << "'" << text << "' passed for a manifest";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kIo);
      EXPECT_NE(std::string(error.what()).find("checkpoints"), std::string::npos);
    }
  }
}

TEST(Checkpoint, ReadsTheFirstFormatToo) {
  const TestFolder folder;
  save_checkpoint(folder.path(), numbered(5));
  const fs::path file = step_folder(folder, "05") / "manifest.json";
  Json manifest = read_json(file);
  manifest["format"] = 1;
  manifest.erase("manifest_sha256");
  write_json(file, manifest);
  EXPECT_EQ(load_latest_checkpoint(folder.path())->step, 5);
}

}  // namespace
}  // namespace medcl
