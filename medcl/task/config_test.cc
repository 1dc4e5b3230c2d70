// SPDX-License-Identifier: Apache-2.0
#include "medcl/task/config.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "medcl/core/error.h"
#include "medcl/core/log.h"
#include "medcl/model/network_wish.h"
#include "medcl/model/unet/unet_options.h"
#include "medcl/task/presets.h"

namespace medcl {
namespace {

Dataset of_hearts() {
  Dataset dataset;
  dataset.labels.classes = {{"background", 0}, {"RV", 1}, {"MYO", 2}, {"LV", 3}};
  dataset.orientation = "array";
  return dataset;
}

TEST(Config, EveryPresetIsValid) {
  ASSERT_FALSE(built_in_presets().empty());
  for (const auto& [name, text] : built_in_presets()) {
    RunOptions options = resolve_options(name, {}, {});
    EXPECT_NO_THROW(settle_options(options, of_hearts())) << name;
  }
}

TEST(Config, LaterSettingsWin) {
  const RunOptions options =
      resolve_options("laptop", {}, {"crop.size=160", "train.scribbled=a,b"});
  EXPECT_EQ(options.sample.crop.size, 160);
  EXPECT_EQ(options.train.scribbled, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(options.network.own.as<unet::UnetOptions>().width, 16);
}

TEST(Config, ANetworkWithPromptsComputesInFp32AndSaysSo) {
  for (const char* asked : {"train.precision=auto", "train.precision=bf16"}) {
    RunOptions options = resolve_options("sam-phantom", {}, {asked});
    std::vector<std::string> warnings;
    set_log_sink([&](LogLevel, const std::string& text) { warnings.push_back(text); });
    settle_options(options, of_hearts());
    set_log_sink({});
    EXPECT_EQ(options.train.precision, Precision::kFp32) << asked;
    EXPECT_EQ(warnings.size(), std::string(asked).ends_with("bf16") ? 1u : 0u) << asked;
  }
}

TEST(Config, AMethodMayBringItsNetworkWhereNoneIsNamed) {
  const auto network = [](const std::string& preset, const std::vector<std::string>& settings) {
    return resolve_options(preset, {}, settings).network.name;
  };
  EXPECT_EQ(network("", {}), "unet");
  EXPECT_EQ(network("", {"method.name=pce"}), "unet");
  EXPECT_EQ(network("", {"method.name=nnunet2d"}), "plainconvunet");
  EXPECT_EQ(network("phantom", {"method.name=nnunet2d"}), "plainconvunet");
  EXPECT_EQ(network("", {"method.name=nnunet2d", "network.name=unet"}), "unet");
  EXPECT_EQ(network("code212", {"method.name=nnunet2d"}), "unet_valid") << "the preset names one";
}

TEST(Config, RefusesWhatItDoesNotKnow) {
  EXPECT_THROW((void)resolve_options("labtop", {}, {}), Error);
  EXPECT_THROW((void)resolve_options("", {}, {"crop.sise=1"}), Error);
  EXPECT_THROW((void)resolve_options("", {}, {"crop.size"}), Error);
  RunOptions odd = resolve_options("laptop", {}, {"crop.size=100"});
  EXPECT_THROW(settle_options(odd, of_hearts()), Error);
}

TEST(Config, RefusesAMethodThatTheNetworkCannotServeByName) {
  for (const char* method : {"wsl4", "dmsps"}) {
    for (const char* network : {"resunet", "unet_valid"}) {
      RunOptions options =
          resolve_options("phantom", {},
                          {std::string("method.name=") + method,
                           std::string("network.name=") + network, "crop.size=188"});
      try {
        require_granted(options.network.name, needs_of(options).network, options.method.name);
        FAIL() << method << " on " << network;
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::kUsage);
        for (const std::string& part :
             {std::string(method), std::string(network), std::string("a second decoder"),
              std::string("unet, found")}) {
          EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
        }
      }
    }
  }
  RunOptions sam = resolve_options("sam-phantom", {}, {"method.name=wsl4"});
  EXPECT_THROW(settle_options(sam, of_hearts()), Error);
  RunOptions unet = resolve_options("phantom", {}, {"method.name=wsl4"});
  EXPECT_NO_THROW(settle_options(unet, of_hearts()));
}

TEST(Config, ReadsDurations) {
  EXPECT_EQ(parse_duration_s("90"), 90);
  EXPECT_EQ(parse_duration_s("30m"), 1800);
  EXPECT_EQ(parse_duration_s("1.5h"), 5400);
  for (const char* bad : {"", "m", "-3m", "0", "5d", "nan"}) {
    EXPECT_THROW((void)parse_duration_s(bad), Error) << bad;
  }
}

}  // namespace
}  // namespace medcl
