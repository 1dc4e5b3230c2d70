// SPDX-License-Identifier: Apache-2.0
#include "medcl/sampling/batch_loader.h"

#include <chrono>
#include <utility>

namespace medcl {

BatchLoader::BatchLoader(std::function<Batch(std::int64_t)> make, std::int64_t workers,
                         std::int64_t first_step, std::int64_t end_step)
    : make_(std::move(make)),
      next_to_make_(first_step),
      next_to_give_(first_step),
      end_(end_step),
      capacity_(static_cast<std::size_t>(workers) + 1) {
  for (std::int64_t i = 0; i < workers; ++i) {
    threads_.emplace_back([this] { work(); });
  }
}

BatchLoader::~BatchLoader() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) {
    thread.join();
  }
}

void BatchLoader::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] {
      return stopping_ || (next_to_make_ < end_ &&
                           next_to_make_ - next_to_give_ < static_cast<std::int64_t>(capacity_));
    });
    if (stopping_) {
      return;
    }
    const std::int64_t step = next_to_make_++;
    lock.unlock();
    Batch batch;
    std::exception_ptr error;
    try {
      batch = make_(step);
    } catch (...) {
      error = std::current_exception();
    }
    lock.lock();
    if (error) {
      failed_.emplace(step, error);
    } else {
      ready_.emplace(step, std::move(batch));
    }
    changed_.notify_all();
  }
}

Batch BatchLoader::next() {
  const auto start = std::chrono::steady_clock::now();
  const auto finish = [&] {
    wait_s_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  if (threads_.empty()) {
    Batch batch = make_(next_to_give_++);
    finish();
    return batch;
  }
  std::unique_lock lock(mutex_);
  const std::int64_t step = next_to_give_;
  changed_.wait(lock, [&] { return ready_.count(step) + failed_.count(step) != 0; });
  if (const auto failure = failed_.find(step); failure != failed_.end()) {
    std::rethrow_exception(failure->second);
  }
  auto node = ready_.extract(step);
  ++next_to_give_;
  lock.unlock();
  changed_.notify_all();
  finish();
  return std::move(node.mapped());
}

}  // namespace medcl
