// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <thread>

namespace medcl {

/// The largest number of threads that any option accepts.
inline constexpr int kMostThreads = 1024;

/// The number of compute threads that a user means: `wanted`, or all cores where that is 0.
/// libtorch's own default takes the two cores of some virtual machines for one.
inline int threads_or_all(std::int64_t wanted) {
  const auto all = static_cast<std::int64_t>(std::thread::hardware_concurrency());
  return static_cast<int>(wanted > 0 ? wanted : std::max<std::int64_t>(1, all));
}

}  // namespace medcl
