// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/thread_pool.h"

#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <list>
#include <mutex>
#include <thread>
#include <vector>

namespace medcl {
namespace {

using Clock = std::chrono::steady_clock;

/// How long a thread looks out for what it waits for before it sleeps: longer than a training step
/// is serial between two kernels, for waking up takes longer than that.
constexpr auto kLookout = std::chrono::microseconds(500);
/// A thread that looked away for so long was not on a core: others want it.
constexpr auto kLostCore = std::chrono::microseconds(500);
/// Waits that sleep at once after a core was lost.
constexpr int kQuietWaits = 64;

void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

/// Looking out for something for a while, unless cores are wanted by others.
class Lookout {
 public:
  /// Whether `seen` became true; false: sleep.
  template <typename Seen>
  bool wait(const Seen& seen) {
    if (quiet_waits_ > 0) {
      --quiet_waits_;
      return seen();
    }
    const auto start = Clock::now();
    for (auto before = start;;) {
      for (int i = 0; i < 16; ++i) {
        if (seen()) return true;
        relax();
      }
      const auto now = Clock::now();
      if (now - before > kLostCore) quiet_waits_ = kQuietWaits;
      if (now - start > kLookout) return seen();
      before = now;
    }
  }

 private:
  int quiet_waits_ = 0;
};

/// A thread that takes part in work does not share work of its own out: it would wait in the middle
/// of what others wait for.
thread_local bool takes_part = false;

struct Job {
  const std::function<void()>* work;
  std::int64_t seats;          ///< for helpers that may still come
  std::atomic<int> inside{0};  ///< helpers that have come and not gone
};

}  // namespace

struct ThreadPool::Shared {
  std::mutex mutex;
  std::condition_variable wanted, done;
  std::list<Job*> jobs;                    ///< with seats
  std::atomic<std::int64_t> open_jobs{0};  ///< their number, to look at without the mutex
  std::vector<std::thread> helpers;
  int sleeping = 0;
  bool stopping = false;
  pid_t process = ::getpid();

  /// A seat of the oldest job; null when there is none.
  Job* take_seat() {
    if (jobs.empty()) return nullptr;
    Job* const job = jobs.front();
    ++job->inside;
    if (--job->seats == 0) close(job);
    return job;
  }

  /// No further helpers come to it.
  void close(Job* job) {
    jobs.remove(job);
    open_jobs = static_cast<std::int64_t>(jobs.size());
  }

  /// Each who finds open seats wakes two, and these the next.
  void wake() {
    if (jobs.empty()) return;
    for (int i = 0; i < std::min(2, sleeping); ++i) wanted.notify_one();
  }

  void help() {
    takes_part = true;
    Lookout lookout;
    std::unique_lock lock(mutex);
    while (!stopping) {
      if (Job* const job = take_seat()) {
        wake();
        lock.unlock();
        (*job->work)();
        lock.lock();
        if (--job->inside == 0) done.notify_all();
        continue;
      }
      lock.unlock();
      const bool seen = lookout.wait([this] { return open_jobs.load() > 0; });
      lock.lock();
      if (seen) continue;
      ++sleeping;
      wanted.wait(lock, [this] { return stopping || !jobs.empty(); });
      --sleeping;
    }
  }

  /// Fewer where the system gives no more.
  void start_helpers(std::size_t count) {
    try {
      while (helpers.size() < count) helpers.emplace_back([this] { help(); });
    } catch (const std::system_error&) {
      static_cast<void>(count);
    }
  }
};

ThreadPool::ThreadPool() : shared_(std::make_unique<Shared>()) {}

ThreadPool::~ThreadPool() {
  if (::getpid() != shared_->process) {
    static_cast<void>(shared_.release());  // of threads that are not in this process
    return;
  }
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->stopping = true;
  }
  shared_->wanted.notify_all();
  for (std::thread& helper : shared_->helpers) helper.join();
}

void ThreadPool::set_threads(int threads) { threads_ = std::max(1, threads); }

void ThreadPool::run(std::int64_t helpers, const std::function<void()>& work) {
  helpers = std::min<std::int64_t>(helpers, threads() - 1);
  if (helpers <= 0 || takes_part || ::getpid() != shared_->process) {
    work();
    return;
  }
  Shared& shared = *shared_;
  Job job{.work = &work, .seats = helpers};
  {
    const std::lock_guard lock(shared.mutex);
    shared.start_helpers(static_cast<std::size_t>(helpers));
    shared.jobs.push_back(&job);
    ++shared.open_jobs;
    shared.wake();
  }
  takes_part = true;
  work();
  takes_part = false;
  std::unique_lock lock(shared.mutex);
  if (job.seats > 0) shared.close(&job);
  if (job.inside == 0) return;
  lock.unlock();
  thread_local Lookout lookout;
  static_cast<void>(lookout.wait([&job] { return job.inside == 0; }));
  lock.lock();  // also: the last helper is out of the mutex, and does not touch the job again
  shared.done.wait(lock, [&job] { return job.inside == 0; });
}

ThreadPool& compute_pool() {
  static ThreadPool pool;
  return pool;
}

}  // namespace medcl
