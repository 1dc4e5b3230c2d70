// SPDX-License-Identifier: Apache-2.0
#pragma once

// Batches made ahead of time by worker threads, delivered in order.

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "medcl/sampling/batch.h"

namespace medcl {

class BatchLoader {
 public:
  /// `make(step)` must be a pure function, callable from several threads. With 0 workers batches
  /// are made when they are asked for; the result is the same. Holds at most workers + 1 batches.
  BatchLoader(std::function<Batch(std::int64_t)> make, std::int64_t workers,
              std::int64_t first_step, std::int64_t end_step);
  ~BatchLoader();
  BatchLoader(const BatchLoader&) = delete;
  BatchLoader& operator=(const BatchLoader&) = delete;

  /// The next batch. Rethrows what `make` threw.
  Batch next();
  /// Seconds spent waiting inside next() so far.
  [[nodiscard]] double wait_s() const { return wait_s_; }

 private:
  void work();

  std::function<Batch(std::int64_t)> make_;
  std::int64_t next_to_make_, next_to_give_, end_;
  std::size_t capacity_;
  double wait_s_ = 0;
  bool stopping_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::int64_t, Batch> ready_;
  std::map<std::int64_t, std::exception_ptr> failed_;
  std::vector<std::thread> threads_;
};

}  // namespace medcl
