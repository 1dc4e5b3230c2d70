// SPDX-License-Identifier: Apache-2.0
#include "app/stack_limit.h"

#include <pthread.h>
#include <sys/resource.h>

#include <algorithm>
#include <string>

#include "medcl/core/error.h"

namespace medcl {
namespace {

constexpr rlim_t kKilobyte = 1024;
constexpr rlim_t kLeast = 1024 * kKilobyte;  // a quarter of this has been seen to be too small
constexpr rlim_t kUsual = 8192 * kKilobyte;

/// The least stack of threads that are started without saying how large theirs is.
void give_threads(rlim_t bytes) {
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) return;
  std::size_t now = 0;
  const bool small = pthread_getattr_default_np(&attributes) == 0 &&
                     pthread_attr_getstacksize(&attributes, &now) == 0 && now < bytes;
  if (small && pthread_attr_setstacksize(&attributes, bytes) == 0) {
    pthread_setattr_default_np(&attributes);
  }
  pthread_attr_destroy(&attributes);
}

}  // namespace

void require_stack() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_STACK, &limit) != 0) return;
  const rlim_t found = limit.rlim_cur;
  if (found < kLeast) {
    // The main thread's stack grows up to the limit as it is at that time.
    limit.rlim_cur = limit.rlim_max == RLIM_INFINITY ? kUsual : std::min(kUsual, limit.rlim_max);
    ::setrlimit(RLIMIT_STACK, &limit);
    if (::getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur < kLeast) {
      fail(ErrorCode::kOutOfResources,
           {.what = "the stack is too small for a network",
            .where = "ulimit -s",
            .expected = std::to_string(kLeast / kKilobyte) + " kB or more",
            .found = std::to_string(found / kKilobyte) + " kB",
            .remedy = "raise the limit"});
    }
  }
  give_threads(kLeast);
}

}  // namespace medcl
