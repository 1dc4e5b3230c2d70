// SPDX-License-Identifier: Apache-2.0
#include "app/setting_flags.h"

#include "app/option_flags.h"
#include "medcl/task/config.h"

namespace medcl {
namespace {

constexpr const char* kTimeKey = "train.time_s";

}  // namespace

void SettingFlags::add_to(CLI::App& verb, const OptionTable& table) {
  for (std::size_t n = 0; n < flags_.size(); ++n) {
    const SettingFlag& flag = flags_[n];
    CLI::Option* added =
        add_flag_for(verb, table.at(flag.key, flag.flag), flag.flag,
                     [&value = values_[n]](const std::string& text) { value = text; });
    if (!flag.help.empty()) added->description(flag.help);
    if (flag.key == kTimeKey) added->type_name("TIME");
  }
  verb.add_option("--set", set_, "Any setting of the configuration")->type_name("KEY=VALUE");
}

std::vector<std::string> SettingFlags::settings(OptionTable table) const {
  std::vector<std::string> settings;
  for (std::size_t n = 0; n < flags_.size(); ++n) {
    std::string value = values_[n];
    if (value.empty()) continue;
    const std::string& key = flags_[n].key;
    if (key == kTimeKey) value = std::to_string(parse_duration_s(value));
    table.set(key, value, flags_[n].flag);
    settings.push_back(key + "=" + value);
  }
  settings.insert(settings.end(), set_.begin(), set_.end());
  return settings;
}

}  // namespace medcl
