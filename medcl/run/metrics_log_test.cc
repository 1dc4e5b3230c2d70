// SPDX-License-Identifier: Apache-2.0
#include "medcl/run/metrics_log.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "medcl/core/test_folder.h"

namespace medcl {
namespace {

TEST(MetricsLog, DropsLinesThatAResumedRunRepeats) {
  const TestFolder folder;
  {
    MetricsLog log(folder.path(), 0);
    for (int step = 1; step <= 6; ++step) {
      log.write({{"step", step}, {"loss", {{"total", step}}}});
    }
  }
  {
    std::ofstream torn(folder.path() / "metrics.jsonl", std::ios::app);
    torn << "{\"step\": 7, \"lo";
  }
  {
    MetricsLog log(folder.path(), 4);
    log.write({{"step", 5}});
  }
  std::ifstream file(folder.path() / "metrics.jsonl");
  std::vector<int> steps;
  for (std::string line; std::getline(file, line);) {
    steps.push_back(Json::parse(line).at("step").get<int>());
  }
  EXPECT_EQ(steps, (std::vector<int>{1, 2, 3, 4, 5}));
}

TEST(MetricsLog, SurvivesDamagedLinesAndNeverReusesAnEventFile) {
  const TestFolder folder;
  std::ofstream(folder.path() / "metrics.jsonl")
      << "{\"step\": \"one\"}\n[1]\n{\n{\"step\": 1}\nnoise\n";
  for (int stretch = 1; stretch <= 4; ++stretch) {
    MetricsLog log(folder.path(), stretch);
    log.write({{"step", stretch + 1}, {"loss", {{"total", 1}}}});
    log.sync();
  }
  int event_files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    event_files += entry.path().filename().string().rfind("events.", 0) == 0 ? 1 : 0;
    EXPECT_GT(entry.file_size(), 0U);
  }
  EXPECT_EQ(event_files, 4);
  std::ifstream file(folder.path() / "metrics.jsonl");
  std::string line;
  for (int step = 1; step <= 5; ++step) {
    ASSERT_TRUE(std::getline(file, line));
    EXPECT_EQ(Json::parse(line).at("step").get<int>(), step);
  }
  EXPECT_FALSE(std::getline(file, line));
}

}  // namespace
}  // namespace medcl
