// SPDX-License-Identifier: Apache-2.0
#pragma once

// TOML files as sources and sinks of option tables.

#include <filesystem>
#include <string>
#include <string_view>

#include "medcl/core/options.h"

namespace medcl {

/// Applies every key of the file ("[crop] size = 192" is option "crop.size").
/// @throws Error(kUsage) for an unknown key (naming the nearest), a wrong type or range;
///         Error(kIo) when the file cannot be read or is not TOML (with line).
void apply_toml(OptionTable& table, std::string_view text, const std::string& name);
void apply_toml_file(OptionTable& table, const std::filesystem::path& path);

/// Every option with its value, grouped by section, help as comments. Reading it back gives the
/// same values.
std::string to_toml(const OptionTable& table);

}  // namespace medcl
