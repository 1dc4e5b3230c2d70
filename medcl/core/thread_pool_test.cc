// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/thread_pool.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <latch>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "medcl/core/random.h"

namespace medcl {
namespace {

using Index = std::int64_t;

/// How often each i < count is worked on.
std::vector<int> visits(ThreadPool& pool, Index count) {
  std::vector<std::atomic<int>> times(static_cast<std::size_t>(count));
  pool.share_out(count, [&] { return [&](Index i) { ++times[static_cast<std::size_t>(i)]; }; });
  return {times.begin(), times.end()};
}

std::vector<int> once_each(Index count) {
  return std::vector<int>(static_cast<std::size_t>(count), 1);
}

TEST(ThreadPool, EveryIndexIsDoneOnceWhateverTheNumberOfThreads) {
  RandomStream random({.seed = 1});
  ThreadPool pool;
  for (int round = 0; round < 2000; ++round) {
    pool.set_threads(1 + static_cast<int>(random.integer(6)));
    const Index count = random.integer(round % 50 == 0 ? 5000 : 40);
    ASSERT_EQ(visits(pool, count), once_each(count)) << pool.threads() << " threads";
  }
}

TEST(ThreadPool, TakesNoMoreThreadsThanItMayAndAllOfThem) {
  ThreadPool pool;
  for (const int threads : {1, 2, 4, 3}) {
    pool.set_threads(threads);
    std::latch all(threads);
    std::mutex mutex;
    std::set<std::thread::id> seen;
    pool.share_out(8 * threads, [&] {
      return [&, waited = false](Index) mutable {
        if (!waited) all.arrive_and_wait();  // ends only when all threads are inside
        waited = true;
        const std::lock_guard lock(mutex);
        seen.insert(std::this_thread::get_id());
      };
    });
    EXPECT_EQ(seen.size(), static_cast<std::size_t>(threads));
    EXPECT_EQ(seen.count(std::this_thread::get_id()), 1U);
  }
}

TEST(ThreadPool, FewIndicesTakeFewThreads) {
  ThreadPool pool;
  pool.set_threads(8);
  for (int round = 0; round < 200; ++round) {
    std::atomic<int> made{0};
    pool.share_out(2, [&] {
      ++made;
      return [](Index) {};
    });
    ASSERT_LE(made, 2);
  }
}

TEST(ThreadPool, TheFirstExceptionArrivesAndThePoolGoesOn) {
  ThreadPool pool;
  for (const int threads : {1, 3}) {
    pool.set_threads(threads);
    for (int round = 0; round < 200; ++round) {
      std::atomic<int> done{0};
      try {
        pool.share_out(1000, [&] {
          return [&](Index i) {
            if (i == 5) throw std::runtime_error("five");
            ++done;
          };
        });
        FAIL() << "the exception is lost";
      } catch (const std::runtime_error& error) {
        EXPECT_EQ(std::string(error.what()), "five");
      }
      EXPECT_LT(done, 1000);
    }
    EXPECT_EQ(visits(pool, 100), once_each(100));
  }
}

TEST(ThreadPool, AnExceptionOfWhatMakesTheWorkArrives) {
  ThreadPool pool;
  pool.set_threads(3);
  const auto make = []() -> std::function<void(Index)> { throw std::bad_alloc(); };
  EXPECT_THROW(pool.share_out(10, make), std::bad_alloc);
}

TEST(ThreadPool, SharedWorkInsideSharedWorkIsDoneByItsOwnThread) {
  ThreadPool pool;
  pool.set_threads(3);
  std::atomic<int> inner{0}, elsewhere{0};
  pool.share_out(20, [&] {
    return [&](Index) {
      const auto self = std::this_thread::get_id();
      pool.share_out(10, [&] {
        return [&, self](Index) {
          ++inner;
          if (std::this_thread::get_id() != self) ++elsewhere;
        };
      });
    };
  });
  EXPECT_EQ(inner, 200);
  EXPECT_EQ(elsewhere, 0);
}

TEST(ThreadPool, ManyCallersAtOnceEachGetTheirOwnWork) {
  ThreadPool pool;
  pool.set_threads(3);
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 5; ++caller) {
    callers.emplace_back([&pool, caller] {
      for (Index round = 0; round < 300; ++round) {
        const Index count = (caller * 7 + round) % 30;
        EXPECT_EQ(visits(pool, count), once_each(count));
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
}

TEST(ThreadPool, ACallerDoesNotWaitForHelpersThatAreBusyElsewhere) {
  ThreadPool pool;
  pool.set_threads(2);
  std::latch helper_is_busy(1), release(1);
  std::thread other([&] {
    std::atomic<bool> first{true};
    pool.share_out(2, [&] {
      return [&](Index) {
        if (first.exchange(false)) return std::this_thread::sleep_for(std::chrono::milliseconds(5));
        helper_is_busy.count_down();
        release.wait();
      };
    });
  });
  helper_is_busy.wait();
  EXPECT_EQ(visits(pool, 50), once_each(50));  // would hang if it waited
  release.count_down();
  other.join();
}

TEST(ThreadPool, AChildProcessWorksAloneAndEnds) {
  ThreadPool pool;
  pool.set_threads(3);
  visits(pool, 1000);  // helpers are there
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    std::set<std::thread::id> seen;
    pool.share_out(100, [&] { return [&](Index) { seen.insert(std::this_thread::get_id()); }; });
    const bool alone = seen.size() == 1;
    pool.~ThreadPool();
    ::_exit(alone ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  EXPECT_EQ(visits(pool, 100), once_each(100));
}

TEST(ThreadPool, EndsWhetherItsHelpersSleepOrNeverStarted) {
  for (int round = 0; round < 50; ++round) {
    ThreadPool pool;
    pool.set_threads(round % 5);
    if (round % 2 == 0) visits(pool, 20);
    if (round % 10 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

}  // namespace
}  // namespace medcl
