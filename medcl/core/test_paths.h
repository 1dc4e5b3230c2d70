// SPDX-License-Identifier: Apache-2.0
#pragma once

// Where tests find reference numbers and real scans; absent folders make tests skip.

#include <cstdlib>
#include <filesystem>
#include <optional>

namespace medcl {

inline std::optional<std::filesystem::path> test_folder(const char* variable,
                                                        const char* fallback) {
  const char* given = std::getenv(variable);
  const std::filesystem::path path =
      given != nullptr ? std::filesystem::path(given)
                       : std::filesystem::path(MEDCL_SOURCE_DIR) / ".." / "shared" / fallback;
  return std::filesystem::is_directory(path) ? std::optional(path) : std::nullopt;
}

inline auto fixtures_folder() { return test_folder("MEDCL_FIXTURES", "fixtures"); }
inline auto data_folder() { return test_folder("MEDCL_DATA", "data"); }

}  // namespace medcl
