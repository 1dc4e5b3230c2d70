// SPDX-License-Identifier: Apache-2.0
#pragma once

// The files of configs/, built into the program.

#include <map>
#include <string>

namespace medcl {

/// Name ("laptop") -> TOML text.
const std::map<std::string, std::string>& built_in_presets();

}  // namespace medcl
