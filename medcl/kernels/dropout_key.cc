// SPDX-License-Identifier: Apache-2.0
#include "medcl/kernels/dropout_key.h"

#include <ATen/CPUGeneratorImpl.h>

#include <mutex>

#include "medcl/core/error.h"

namespace medcl::fast {
namespace {

thread_local RecordedKeys* recorded_keys = nullptr;

std::uint64_t drawn_key() {
  auto generator = at::detail::getDefaultCPUGenerator();
  const std::lock_guard lock(generator.mutex());
  return at::check_generator<at::CPUGeneratorImpl>(generator)->random64();
}

}  // namespace

Dropout dropout_of(double probability, std::uint64_t key) {
  if (probability <= 0) return {};
  return {.key = static_cast<std::uint32_t>(key ^ (key >> 32)),
          .threshold = static_cast<std::uint32_t>(probability * 4294967296.0),
          .scale = static_cast<float>(1 / (1 - probability))};
}

DropoutKey next_dropout_key() {
  if (recorded_keys != nullptr) return recorded_keys->next();
  return {.value = drawn_key()};
}

torch::Tensor drawn_keys(std::int64_t count) {
  torch::Tensor keys = torch::empty({count}, torch::kInt64);
  for (std::int64_t i = 0; i < count; ++i) {
    keys.data_ptr<std::int64_t>()[i] = static_cast<std::int64_t>(drawn_key());
  }
  return keys;
}

RecordedKeys::RecordedKeys(const torch::Tensor& keys_on_gpu)
    : keys_(keys_on_gpu.data_ptr<std::int64_t>()),
      room_(keys_on_gpu.numel()),
      outer_(recorded_keys) {
  recorded_keys = this;
}

RecordedKeys::~RecordedKeys() { recorded_keys = outer_; }

RecordedKeys* RecordedKeys::current() { return recorded_keys; }

DropoutKey RecordedKeys::next() {
  if (count_ == room_) {
    fail(ErrorCode::kFailure, {.what = "too many dropouts to record in one pass of a network",
                               .expected = "at most " + std::to_string(room_),
                               .remedy = "set train.graphs=false"});
  }
  return {.on_gpu = keys_ + count_++};
}

}  // namespace medcl::fast
