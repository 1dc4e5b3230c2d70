// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

namespace medcl {

/// Bytes that this process can still take before the system begins to end processes: what Linux
/// calls available, with free swap, and no more than its control group leaves. Empty where the
/// system does not say.
std::optional<std::int64_t> available_memory_bytes();

}  // namespace medcl
