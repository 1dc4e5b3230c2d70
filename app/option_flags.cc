// SPDX-License-Identifier: Apache-2.0
#include "app/option_flags.h"

#include <algorithm>
#include <cctype>
#include <utility>

namespace medcl {
namespace {

std::string flag_of(const std::string& name, const std::string& prefix,
                    const std::string& flag_prefix) {
  std::string flag = "--" + flag_prefix + name.substr(prefix.size());
  std::replace(flag.begin(), flag.end(), '_', '-');
  std::replace(flag.begin(), flag.end(), '.', '-');
  return flag;
}

/// The name of the value, and behind it the choices, as app/help.h reads them.
std::string value_name(const Option& option, const std::string& flag) {
  if (std::holds_alternative<std::int64_t*>(option.field)) return "N";
  if (std::holds_alternative<double*>(option.field)) return "X";
  if (std::holds_alternative<bool*>(option.field)) return "SWITCH:{true,false}";
  std::string name = flag.substr(2), list;
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  for (const std::string& one : option.choices) list += (list.empty() ? "" : ",") + one;
  return list.empty() ? name : name + ":{" + list + "}";
}

}  // namespace

CLI::Option* add_flag_for(CLI::App& verb, const Option& option, const std::string& flag,
                          std::function<void(const std::string&)> take) {
  return verb.add_option_function<std::string>(flag, std::move(take), option.help)
      ->type_name(value_name(option, flag));
}

void add_flags(CLI::App& verb, const std::shared_ptr<OptionTable>& table, const std::string& prefix,
               const std::string& flag_prefix) {
  for (const Option& option : table->options()) {
    if (!option.name.starts_with(prefix)) {
      continue;
    }
    const std::string flag = flag_of(option.name, prefix, flag_prefix);
    add_flag_for(verb, option, flag, [table, name = option.name, flag](const std::string& text) {
      table->set(name, text, flag);
    })->default_str(option.value_text());
  }
}

}  // namespace medcl
