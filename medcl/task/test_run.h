// SPDX-License-Identifier: Apache-2.0
#pragma once

// A test tool: a dataset and options small enough for whole runs within a test. Header only.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "medcl/core/sha256.h"
#include "medcl/core/test_folder.h"
#include "medcl/dataset/phantom.h"
#include "medcl/task/loop.h"

namespace medcl {

class TrainingRun : public ::testing::Test {
 protected:
  void SetUp() override {
    PhantomDatasetOptions phantom;
    phantom.scribble = {};
    phantom.phantom.size = 48;
    phantom.phantom.slices = 3;
    phantom.phantom.spacing_mm = 4;
    phantom.scribbled = 2;
    phantom.unlabelled = 1;
    phantom.validation = 1;
    phantom.test = 0;
    dataset_ = write_phantom_dataset(folder_.path() / "data", phantom);
    set({"train.steps=10"});
  }

  /// The usual options of a small run, those of `config`, then `settings`.
  void set(const std::vector<std::string>& settings, const std::filesystem::path& config = {}) {
    std::vector<std::string> all = {"crop.size=32",           "sampler.batch=3",
                                    "train.validate_every=5", "train.checkpoint_every=3",
                                    "train.precision=fp32",   "train.threads=1"};
    if (config.empty()) all.emplace_back("network.width=4");
    if (!chooses_method(settings)) all.emplace_back("mapping.prototypes=8");
    all.insert(all.end(), settings.begin(), settings.end());
    options_ = resolve_options("phantom", config, all);
    settle_options(options_, dataset_);
  }

  /// Another than MedCL.
  static bool chooses_method(const std::vector<std::string>& settings) {
    return std::any_of(settings.begin(), settings.end(), [](const std::string& one) {
      return one.starts_with("method.name=") && one != "method.name=medcl";
    });
  }

  /// Options of a SAM that is as small.
  static std::filesystem::path tiny_sam() {
    return std::filesystem::path(MEDCL_SOURCE_DIR) / "tests" / "tiny_sam.toml";
  }

  TrainingResult run(const std::string& name, bool resume = false,
                     const TrainingHooks& hooks = {}) {
    return train(dataset_, options_, folder_.path() / name, folder_.path() / "cache",
                 {.resume = resume}, hooks);
  }

  std::string weights_hash(const std::string& name, const std::string& model = "last") {
    return sha256_of_file(folder_.path() / name / model / "weights.safetensors");
  }

  /// Of weights, averages and optimiser after the last planned step.
  std::string state_hash(const std::string& name) {
    char step[32];
    std::snprintf(step, sizeof step, "step-%08lld", static_cast<long long>(options_.train.steps));
    return sha256_of_file(folder_.path() / name / "checkpoints" / step / "state.safetensors");
  }

  TestFolder folder_;
  Dataset dataset_;
  RunOptions options_;
};

}  // namespace medcl
