// SPDX-License-Identifier: Apache-2.0
#pragma once

// Work for several threads. What is done does not depend on their number.
//
// The threads are those of compute_pool(), or libtorch's where libtorch has been given several:
// both at a time would take cores from each other (medcl/model/network_threads.h chooses).

#include <ATen/Parallel.h>

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "medcl/core/thread_pool.h"

namespace medcl::fast {

inline bool has_libtorch_threads() { return at::get_num_threads() > 1; }

/// How many threads share_out can put to work.
inline std::int64_t compute_threads() {
  return has_libtorch_threads() ? at::get_num_threads() : compute_pool().threads();
}

/// Shares i < count out among the threads, each of which takes the next when it is done with one (a
/// core may have other work too): make() gives the work(i) of a thread.
template <typename MakeWork>
void share_out(std::int64_t count, const MakeWork& make) {
  if (!has_libtorch_threads()) {
    return compute_pool().share_out(count, [&make] {
      // Until it asks, a new thread would share libtorch's work out among all cores.
      static_cast<void>(at::get_num_threads());
      return make();
    });
  }
  std::atomic<std::int64_t> next{0};
  const std::int64_t workers = std::min<std::int64_t>(count, at::get_num_threads());
  at::parallel_for(0, workers, 1, [&](std::int64_t, std::int64_t) {
    const auto work = make();
    for (std::int64_t i = next++; i < count; i = next++) work(i);
  });
}

/// work(i) for every i < count, in parallel.
template <typename Work>
void for_each(std::int64_t count, const Work& work) {
  share_out(count, [&work] { return [&work](std::int64_t i) { work(i); }; });
}

}  // namespace medcl::fast
