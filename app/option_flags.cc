// SPDX-License-Identifier: Apache-2.0
#include "app/option_flags.h"

#include <algorithm>

namespace medcl {
namespace {

std::string flag_of(const std::string& name, const std::string& prefix,
                    const std::string& flag_prefix) {
  std::string flag = "--" + flag_prefix + name.substr(prefix.size());
  std::replace(flag.begin(), flag.end(), '_', '-');
  std::replace(flag.begin(), flag.end(), '.', '-');
  return flag;
}

}  // namespace

void add_flags(CLI::App& verb, const std::shared_ptr<OptionTable>& table, const std::string& prefix,
               const std::string& flag_prefix) {
  for (const Option& option : table->options()) {
    if (!option.name.starts_with(prefix)) {
      continue;
    }
    const std::string flag = flag_of(option.name, prefix, flag_prefix);
    verb.add_option_function<std::string>(
            flag,
            [table, name = option.name, flag](const std::string& text) {
              table->set(name, text, flag);
            },
            option.help)
        ->type_name("")
        ->default_str(option.value_text());
  }
}

}  // namespace medcl
