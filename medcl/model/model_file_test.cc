// SPDX-License-Identifier: Apache-2.0
#include "medcl/model/model_file.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "medcl/core/error.h"
#include "medcl/core/fault_file_system.h"
#include "medcl/core/random.h"
#include "medcl/core/test_folder.h"
#include "medcl/model/state.h"
#include "medcl/model/unet/unet_options.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

class ModelFile : public testing::Test {
 protected:
  void SetUp() override {
    card_.network = {"unet", {"network.width=4"}};
    card_.channel_names = {"C0", "T2", "LGE"};
    card_.labels.classes = {{"background", 0}, {"RV", 600}, {"scar", 2221}};
    card_.labels.ignore_value = 2222;
    card_.prepare.spacing_mm = 1.37;
    card_.prepare.normalisation = Normalisation::kVolumeZscore;
    card_.crop_size = 192;
    card_.crop_depth = 12;
    card_.method = "pce";
    card_.training = {{"steps", 120}, {"validation", {{"mean", 0.8125}}}};
  }

  [[nodiscard]] std::shared_ptr<Network> network(std::uint64_t seed) const {
    return make_network(card_.network, {3, 3}, seed);
  }

  TestFolder parent_;
  fs::path folder_ = parent_ / "model";
  ModelCard card_;
};

bool same_state(const Network& a, const Network& b) {
  const NamedTensors left = state_of(a), right = state_of(b);
  if (left.size() != right.size()) return false;
  for (const auto& [name, tensor] : left) {
    if (right.count(name) == 0 || !torch::equal(tensor, right.at(name))) return false;
  }
  return true;
}

ErrorCode load_code(const fs::path& path) {
  try {
    load_model(path);
  } catch (const Error& error) {
    return error.code();
  }
  return ErrorCode::kUsage;
}

void flip_bit(const fs::path& path, std::uint64_t byte, int bit) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(static_cast<std::streamoff>(byte));
  const int value = file.get() ^ (1 << bit);
  file.seekp(static_cast<std::streamoff>(byte));
  file.put(static_cast<char>(value));
}

TEST_F(ModelFile, ReturnsWhatWasSaved) {
  const auto saved = network(5);
  save_model(folder_, card_, *saved);
  const LoadedModel loaded = load_model(folder_);
  EXPECT_TRUE(same_state(*saved, *loaded.network));
  EXPECT_FALSE(loaded.network->is_training());
  EXPECT_EQ(loaded.folder, folder_);
  EXPECT_EQ(loaded.card.network.own.as<unet::UnetOptions>().width, 4);
  EXPECT_EQ(loaded.card.network.name, card_.network.name);
  EXPECT_EQ(loaded.card.channel_names, card_.channel_names);
  EXPECT_EQ(loaded.card.labels.to_json(), card_.labels.to_json());
  EXPECT_EQ(loaded.card.prepare.spacing_mm, 1.37);
  EXPECT_EQ(loaded.card.prepare.normalisation, Normalisation::kVolumeZscore);
  EXPECT_EQ(loaded.card.prepare.clip_percentile, card_.prepare.clip_percentile);
  EXPECT_EQ(loaded.card.crop(), (Extent{12, 192, 192}));
  EXPECT_EQ(loaded.card.method, "pce");
  EXPECT_EQ(loaded.card.training, card_.training);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator{}), 2);
}

TEST_F(ModelFile, IsFoundInARunFolder) {
  save_model(folder_ / "best", card_, *network(1));
  EXPECT_EQ(load_model(folder_).folder, folder_ / "best");
  EXPECT_EQ(load_model(folder_ / "best" / "model.json").folder, folder_ / "best");
}

TEST_F(ModelFile, RefusesAnyFlippedBit) {
  card_.training["rate"] = 1e-05;
  save_model(folder_, card_, *network(1));
  const char* asked = std::getenv("MEDCL_BIT_FLIPS");
  const int flips = asked != nullptr ? std::atoi(asked) : 200;
  RandomStream random({9, 0, 0, Purpose::kTest});
  int refused = 0;
  for (int trial = 0; trial < flips; ++trial) {
    const fs::path file = folder_ / (trial % 2 == 0 ? "model.json" : "weights.safetensors");
    const auto size = static_cast<std::int64_t>(fs::file_size(file));
    const auto byte = static_cast<std::uint64_t>(random.integer(size));
    const int bit = static_cast<int>(random.integer(8));
    flip_bit(file, byte, bit);
    const bool right = load_code(folder_) == ErrorCode::kIo;
    EXPECT_TRUE(right) << file << " byte " << byte << " bit " << bit;
    refused += right ? 1 : 0;
    flip_bit(file, byte, bit);
  }
  std::printf("%d of %d flipped bits refused\n", refused, flips);
  EXPECT_NO_THROW(load_model(folder_));
}

TEST_F(ModelFile, RefusesAnEditedDescription) {
  save_model(folder_, card_, *network(1));
  Json json = read_json(folder_ / "model.json");
  json["prepare"]["spacing_mm"] = 2.0;
  write_json(folder_ / "model.json", json);
  EXPECT_EQ(load_code(folder_), ErrorCode::kIo);
}

TEST_F(ModelFile, RefusesAbsentAndForeignFolders) {
  EXPECT_EQ(load_code(folder_ / "nothing"), ErrorCode::kIo);
  fs::create_directories(folder_);
  EXPECT_EQ(load_code(folder_), ErrorCode::kIo);
  for (const char* text : {"", "[]", "{}", "{\"format\": \"medcl-model\", \"version\": 1}"}) {
    std::ofstream(folder_ / "model.json") << text;
    EXPECT_EQ(load_code(folder_), ErrorCode::kIo) << text;
  }
  save_model(folder_, card_, *network(1));
  fs::remove(folder_ / "weights.safetensors");
  EXPECT_EQ(load_code(folder_), ErrorCode::kIo);
}

TEST_F(ModelFile, SurvivesAFaultAtEveryOperationOfASave) {
  const auto old_network = network(1), new_network = network(2);
  for (const Fault fault : {Fault::kError, Fault::kTornWrite, Fault::kCrash}) {
    bool completed = false;
    for (std::size_t operation = 0; !completed; ++operation) {
      fs::remove_all(folder_);
      save_model(folder_, card_, *old_network);
      FaultFileSystem faulty(operation, fault);
      try {
        save_model(folder_, card_, *new_network);
        completed = true;
      } catch (const Error&) {
      }
      if (!completed && fault == Fault::kCrash) faulty.lose_power();
      const auto loaded = load_model(folder_).network;
      const bool is_new = same_state(*loaded, *new_network);
      EXPECT_TRUE(is_new || same_state(*loaded, *old_network)) << "operation " << operation;
      EXPECT_TRUE(is_new || !completed);
      EXPECT_TRUE(operation > 5 || !completed);
      ASSERT_LT(operation, 10000U);
    }
  }
}

}  // namespace
}  // namespace medcl
