// SPDX-License-Identifier: Apache-2.0
#pragma once

// Memory that the control groups of this process leave it.
//
// Source: Linux, Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/memory.rst.

#include <cstdint>
#include <filesystem>
#include <optional>

namespace medcl {

/// Bytes: the least that any group has left, from this process's own up to the root of what is
/// mounted, of version 1 or 2; files that were read make way and count as left. Empty without a
/// limit. `root`: where /proc and the mounts are looked up, for tests.
std::optional<std::int64_t> left_in_control_groups(const std::filesystem::path& root = "/");

}  // namespace medcl
