// SPDX-License-Identifier: Apache-2.0
#include "medcl/model/libtorch_state.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <future>
#include <mutex>
#include <thread>

namespace medcl {
namespace {

constexpr std::int64_t kRoomBytes = std::int64_t{64} << 20;

/// libtorch makes its new threads before it ends the old ones, and begins with one a core.
void require_room_for(int threads) {
  const int old = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  std::vector<std::jthread> tried;
  std::promise<void> end;  // goes first, which lets them end
  const std::shared_future<void> ended = end.get_future().share();
  for (int n = 2; n < old + threads; ++n) tried.emplace_back([ended] { ended.wait(); });
  // oneDNN compiles kernels when it first needs them and crashes where they find no room.
  (void)torch::empty({kRoomBytes}, torch::kUInt8);
}

/// Called with the lock of the setting.
void set_threads(int threads) {
  static bool has_begun = false;
  const int before = at::get_num_threads();
  if (has_begun && threads == before) return;
  if (!has_begun || threads > before) require_room_for(threads);
  at::set_num_threads(threads);
  has_begun = true;
}

HeldSetting<int>& libtorch_threads() {
  static HeldSetting<int> setting([] { return at::get_num_threads(); }, set_threads);
  return setting;
}

HeldSetting<bool>& deterministic_cudnn() {
  static HeldSetting<bool> setting(
      [] { return at::globalContext().deterministicCuDNN(); },
      [](bool wanted) { at::globalContext().setDeterministicCuDNN(wanted); });
  return setting;
}

}  // namespace

LibtorchThreads::LibtorchThreads(int threads) : hold_(libtorch_threads(), threads) {}

DeterministicCudnn::DeterministicCudnn() : hold_(deterministic_cudnn(), true) {}

SeededGenerators::SeededGenerators(std::uint64_t seed, const torch::Device& device) {
  std::vector<torch::Device> devices{torch::kCPU};
  if (device.is_cuda()) devices.push_back(device);
  for (const torch::Device& one : devices) {
    at::Generator generator = at::globalContext().defaultGenerator(one);
    const std::lock_guard lock(generator.mutex());
    before_.emplace_back(generator, generator.get_state());
    generator.set_current_seed(seed);
  }
}

SeededGenerators::~SeededGenerators() {
  for (auto& [generator, state] : before_) {
    const std::lock_guard lock(generator.mutex());
    generator.set_state(state);
  }
}

}  // namespace medcl
