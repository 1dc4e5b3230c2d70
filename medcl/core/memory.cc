// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/memory.h"

#include <algorithm>
#include <fstream>
#include <string>

namespace medcl {
namespace {

/// The number behind `name` in a file with a name and a number in each line.
std::optional<std::int64_t> number_of(const std::string& name, const char* path) {
  std::ifstream file(path);
  for (std::string found; file >> found;) {
    std::int64_t number = 0;
    if (found == name && file >> number) return number;
    file.clear();
    std::getline(file, found);
  }
  return std::nullopt;
}

/// Empty for "max", as for a file that is not there.
std::optional<std::int64_t> number_in(const char* path) {
  std::ifstream file(path);
  std::int64_t number = 0;
  if (file >> number) return number;
  return std::nullopt;
}

std::optional<std::int64_t> left_in_control_group() {
  const auto limit = number_in("/sys/fs/cgroup/memory.max");
  const auto used = number_in("/sys/fs/cgroup/memory.current");
  if (!limit || !used) return std::nullopt;
  // Files that were read are counted as used, but make way.
  const auto files = number_of("inactive_file", "/sys/fs/cgroup/memory.stat").value_or(0);
  return std::max<std::int64_t>(0, *limit - *used + files);
}

}  // namespace

std::optional<std::int64_t> available_memory_bytes() {
  constexpr std::int64_t kKilobyte = 1024;
  const auto available = number_of("MemAvailable:", "/proc/meminfo");
  const auto swap = number_of("SwapFree:", "/proc/meminfo").value_or(0);
  const auto in_group = left_in_control_group();
  if (!available) return in_group;
  const std::int64_t bytes = (*available + swap) * kKilobyte;
  return in_group ? std::min(bytes, *in_group) : bytes;
}

}  // namespace medcl
