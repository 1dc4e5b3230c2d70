// SPDX-License-Identifier: Apache-2.0
#pragma once

// Where tests find reference numbers (tests/fixtures) and real scans. Absent scans make tests skip.

#include <cstdlib>
#include <filesystem>
#include <optional>

namespace medcl {

/// What the variable names, else `fallback` beside or inside the sources.
inline std::optional<std::filesystem::path> test_folder(const char* variable,
                                                        const std::filesystem::path& fallback) {
  const char* given = std::getenv(variable);
  const std::filesystem::path path = given != nullptr
                                         ? std::filesystem::path(given)
                                         : std::filesystem::path(MEDCL_SOURCE_DIR) / fallback;
  return std::filesystem::is_directory(path) ? std::optional(path) : std::nullopt;
}

inline auto fixtures_folder() { return test_folder("MEDCL_FIXTURES", "tests/fixtures"); }
inline auto data_folder() { return test_folder("MEDCL_DATA", "../shared/data"); }

}  // namespace medcl
