// SPDX-License-Identifier: Apache-2.0
#pragma once

// TOML files as sources and sinks of option tables.

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "medcl/core/options.h"

namespace medcl {

/// The table of an option that is not in the one that is filled, such as one of a component that
/// was not chosen; null where there is none, and always where it is left out.
using OtherTables = std::function<OptionTable*(const std::string& option)>;

/// Applies every key of the file ("[crop] size = 192" is option "crop.size"). What `others` has is
/// checked and set there.
/// @throws Error(kUsage) for an unknown key (naming the nearest), a wrong type or range;
///         Error(kIo) when the file cannot be read or is not TOML (with line).
void apply_toml(OptionTable& table, std::string_view text, const std::string& name,
                const OtherTables& others = {});
void apply_toml_file(OptionTable& table, const std::filesystem::path& path,
                     const OtherTables& others = {});

/// The dotted names of everything that a TOML text sets, as it has them.
/// @throws Error(kIo) when it is not TOML (with line).
std::vector<std::string> names_in_toml(std::string_view text, const std::string& name);
/// The same of a file.
std::vector<std::string> names_in_toml_file(const std::filesystem::path& path);

/// The dotted names of all tables of a TOML text, also of empty ones. @throws as names_in_toml.
std::vector<std::string> tables_in_toml(std::string_view text, const std::string& name);

/// Every value of a TOML text by its dotted name, as text: strings without quotes, lists with
/// commas between their items. For texts whose options are not known here, such as that of another
/// run.
/// @throws Error(kIo) when it is not TOML (with line).
std::map<std::string, std::string> values_in_toml(std::string_view text, const std::string& name);

/// The options as TOML text: each with its value, grouped by section, help as comments. Reading it
/// back gives the same values.
std::string to_toml(const OptionTable& table);

}  // namespace medcl
