// SPDX-License-Identifier: Apache-2.0
#pragma once

// Threads that help whoever has work to share, on a machine whose cores may have other work too.
//
// A caller takes part in its own work and never waits for a helper that has not come: when nothing
// is left to be taken, only helpers that are in the middle of something are waited for. Why this is
// not OpenMP: docs/decisions/0012-threads.md.

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>

namespace medcl {

/// Safe from any thread, as many callers at a time as there are. Waiting sleeps, but for the first
/// fraction of a millisecond. In a child process made by fork() callers work alone.
class ThreadPool {
 public:
  ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;
  /// No caller may be inside run().
  ~ThreadPool();

  /// The most threads that take part in work from now on, its caller included; >= 1. Helpers are
  /// started when they are first wanted, and stay.
  void set_threads(int threads);
  [[nodiscard]] int threads() const { return threads_.load(std::memory_order_relaxed); }

  /// Calls work() in this thread and, while that lasts, once in each of up to `helpers` threads
  /// (never more than threads() - 1); returns when all of them are done. Alone, where this thread
  /// is taking part in work already. work() must not throw.
  void run(std::int64_t helpers, const std::function<void()>& work);

  /// Shares i < count out: each thread calls make() once for a work(i) of its own and takes the
  /// next i when it is done with one. Every i is done once, in any order, before this returns.
  /// @throws the first exception of make or work; what was not begun by then is left undone.
  template <typename MakeWork>
  void share_out(std::int64_t count, const MakeWork& make);

 private:
  struct Shared;
  std::unique_ptr<Shared> shared_;
  std::atomic<int> threads_{1};
};

/// The pool of the whole process, of one thread at first.
ThreadPool& compute_pool();

template <typename MakeWork>
void ThreadPool::share_out(std::int64_t count, const MakeWork& make) {
  std::atomic<std::int64_t> next{0};
  std::atomic<bool> failed{false};
  std::exception_ptr error;
  const auto take_all = [&] {
    try {
      if (next.load(std::memory_order_relaxed) >= count) return;  // a helper that comes late
      auto work = make();
      for (std::int64_t i = next++; i < count; i = next++) work(i);
    } catch (...) {
      next = count;
      if (!failed.exchange(true)) error = std::current_exception();
    }
  };
  run(count - 1, std::cref(take_all));
  if (error) std::rethrow_exception(error);
}

}  // namespace medcl
