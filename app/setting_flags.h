// SPDX-License-Identifier: Apache-2.0
#pragma once

// Flags of a verb that are settings of its configuration by another name, beside --set KEY=VALUE.

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "medcl/core/options.h"

namespace medcl {

struct SettingFlag {
  std::string flag;  ///< such as "--steps"
  std::string key;   ///< such as "train.steps"
  std::string help;  ///< empty: that of the setting says it all
};

class SettingFlags {
 public:
  explicit SettingFlags(std::vector<SettingFlag> flags)
      : flags_(std::move(flags)), values_(flags_.size()) {}

  /// `table` has the settings. This object must outlive the parsing.
  void add_to(CLI::App& verb, const OptionTable& table);
  /// "key=value" of each flag that was given, then what --set was given. What is wrong with a flag
  /// is said of that flag. @throws Error(kUsage)
  [[nodiscard]] std::vector<std::string> settings(OptionTable table) const;

 private:
  std::vector<SettingFlag> flags_;
  std::vector<std::string> values_, set_;
};

}  // namespace medcl
