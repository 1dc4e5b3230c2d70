// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

namespace medcl {

/// Bytes that this process can still take before the system refuses them or begins to end
/// processes: what Linux calls available, with free swap, and no more than its control groups
/// (control_group.h) and its own limits (`ulimit -v`, `ulimit -d`) leave. Empty where the system
/// does not say.
std::optional<std::int64_t> available_memory_bytes();

/// available_memory_bytes as a limit for the size of one volume; 2^46 where the system does not
/// say.
std::uint64_t memory_for_a_volume();

}  // namespace medcl
