// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/stored_path.h"

#include <system_error>

namespace medcl {

namespace fs = std::filesystem;

fs::path stored_path(const fs::path& path, const fs::path& folder) {
  if (path.empty() || path.is_absolute()) return path;
  const fs::path absolute = fs::absolute(path).lexically_normal();
  const fs::path own = fs::weakly_canonical(absolute.parent_path()) / absolute.filename();
  return own.lexically_relative(fs::weakly_canonical(fs::current_path() / folder));
}

fs::path found_path(const fs::path& stored, const fs::path& folder) {
  if (stored.empty() || stored.is_absolute()) return stored;
  std::error_code ignored;
  const bool elsewhere = !fs::exists(folder / stored, ignored) && fs::exists(stored, ignored);
  return elsewhere ? stored : folder / stored;
}

}  // namespace medcl
