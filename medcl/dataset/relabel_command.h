// SPDX-License-Identifier: Apache-2.0
#pragma once

// The command line that a message about labels names.

#include <filesystem>
#include <string>

namespace medcl {

/// The command that relabels a dataset, ready for a shell: "medcl relabel DATA -o DATA-relabelled
/// --map 0=ignore".
std::string relabel_command(const std::filesystem::path& root, const std::string& map);

}  // namespace medcl
