// SPDX-License-Identifier: Apache-2.0
#pragma once

// Components that are chosen by name, such as networks and methods: a list of entries, each with
// its `name` and its `help`.

#include <string>
#include <vector>

#include "medcl/core/error.h"
#include "medcl/core/names.h"
#include "medcl/core/options.h"

namespace medcl {

template <typename Entry>
std::vector<std::string> names_of(const std::vector<Entry>& entries) {
  std::vector<std::string> names;
  for (const Entry& entry : entries) names.push_back(entry.name);
  return names;
}

/// `kind`: "network", for the message. @throws Error(kUsage) naming the entries that there are.
template <typename Entry>
const Entry& entry_of(const std::vector<Entry>& entries, const std::string& name,
                      const std::string& kind) {
  for (const Entry& entry : entries) {
    if (entry.name == name) return entry;
  }
  const auto names = names_of(entries);
  fail(ErrorCode::kUsage, {.what = "unknown " + kind,
                           .where = kind + ".name",
                           .expected = join_names({names.begin(), names.end()}),
                           .found = name});
}

/// "`what`: unet (that of the paper); sam (...)".
template <typename Entry>
std::string help_of(const std::vector<Entry>& entries, const std::string& what) {
  std::string help = what;
  for (const Entry& entry : entries) {
    help += (&entry == &entries.front() ? ": " : "; ") + entry.name + " (" + entry.help + ")";
  }
  return help;
}

/// Sets the options of `holder` that `settings` ("network.width=4" and so on) name. `kind`:
/// "network", for messages. @throws Error(kUsage) as OptionTable::set.
template <typename Holder>
void take_settings(Holder& holder, const std::vector<std::string>& settings,
                   const std::string& kind) {
  OptionTable table;
  holder.describe(table);
  for (const std::string& setting : settings) {
    const auto [key, value] = split_setting(setting, kind);
    table.set(key, value, kind);
  }
}

}  // namespace medcl
