// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/memory.h"

#include <sys/resource.h>

#include <algorithm>
#include <fstream>
#include <string>

#include "medcl/core/control_group.h"

namespace medcl {
namespace {

constexpr std::int64_t kKilobyte = 1024;

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

std::optional<std::int64_t> available_in_the_system() {
  const auto available = number_of("MemAvailable:", "/proc/meminfo");
  const auto swap = number_of("SwapFree:", "/proc/meminfo").value_or(0);
  if (!available) return std::nullopt;
  return (*available + swap) * kKilobyte;
}

/// What a limit of this process leaves; `used_name`: its share in /proc/self/status.
std::optional<std::int64_t> left_below(decltype(RLIMIT_AS) resource, const char* used_name) {
  rlimit limit{};
  if (::getrlimit(resource, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return std::nullopt;
  const auto used = number_of(used_name, "/proc/self/status");
  if (!used) return std::nullopt;
  return std::max<std::int64_t>(0, static_cast<std::int64_t>(limit.rlim_cur) - *used * kKilobyte);
}

}  // namespace

std::optional<std::int64_t> available_memory_bytes() {
  std::optional<std::int64_t> least;
  for (const auto& one : {available_in_the_system(), left_in_control_groups(),
                          left_below(RLIMIT_AS, "VmSize:"), left_below(RLIMIT_DATA, "VmData:")}) {
    if (one) least = std::min(least.value_or(*one), *one);
  }
  return least;
}

std::uint64_t memory_for_a_volume() {
  constexpr std::int64_t kUnknown = std::int64_t{1} << 46;
  return static_cast<std::uint64_t>(available_memory_bytes().value_or(kUnknown));
}

}  // namespace medcl
