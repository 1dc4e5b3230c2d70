// SPDX-License-Identifier: Apache-2.0
#include "medcl/engine/stopwatch.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "medcl/kernels/cuda/device_memory.h"

namespace medcl {
namespace {

constexpr int kUnmeasured = 2;

void wait_for(const torch::Device& device) {
  if (device.is_cuda()) torch::cuda::synchronize();
}

struct rusage usage_so_far() {
  struct rusage usage {};
  getrusage(RUSAGE_SELF, &usage);
  return usage;
}

double cpu_seconds() {
  const struct rusage usage = usage_so_far();
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double median(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

Timing median_timing(std::int64_t steps, const torch::Device& device,
                     const std::function<void()>& work) {
  for (int i = 0; i < kUnmeasured; ++i) work();
  std::vector<double> seconds, cpu;
  for (std::int64_t i = 0; i < steps; ++i) {
    wait_for(device);
    const auto start = std::chrono::steady_clock::now();
    const double cpu_start = cpu_seconds();
    work();
    wait_for(device);
    cpu.push_back(cpu_seconds() - cpu_start);
    seconds.push_back(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  return {median(seconds), median(cpu)};
}

std::int64_t peak_mib(const torch::Device& device) {
  const auto on_card = fast::cuda::peak_bytes(device);
  return on_card ? *on_card >> 20 : usage_so_far().ru_maxrss / 1024;
}

}  // namespace medcl
