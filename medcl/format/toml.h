// SPDX-License-Identifier: Apache-2.0
#pragma once

// TOML files as sources and sinks of option tables.

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

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

/// The options as TOML text: each with its value, grouped by section, help as comments. Reading it
/// back gives the same values.
std::string to_toml(const OptionTable& table);

}  // namespace medcl
