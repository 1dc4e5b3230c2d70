// SPDX-License-Identifier: Apache-2.0
#pragma once

// What libtorch keeps once for the whole process, as objects: each sets it for as long as it lives
// and leaves it as it was, so that trainings, predictions and the program around them take turns in
// one process. Of two that compute at the same time in two threads this is no guard.

#include <torch/torch.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "medcl/core/held_setting.h"

namespace medcl {

/// The threads that libtorch's own operations compute with.
class LibtorchThreads {
 public:
  /// at::set_num_threads waits for ever where a limit (`ulimit -v`, `ulimit -u`) does not let so
  /// many threads start: this throws there, and where they would leave no room for libraries to
  /// compute. To find out, where there were fewer before, costs starting and ending `threads`
  /// threads and one for each core.
  /// @throws std::system_error, c10::Error for memory
  explicit LibtorchThreads(int threads);
  /// Again, after others had libtorch or somebody set another number. @throws as the constructor.
  void take() { hold_.take(); }

 private:
  HeldSetting<int>::Holder hold_;
};

/// cuDNN takes only operations that give the same bits each time. On an H100 they are no slower
/// than what it takes when it is free to choose.
class DeterministicCudnn {
 public:
  DeterministicCudnn();

 private:
  HeldSetting<bool>::Holder hold_;
};

/// The default generators of the CPU and of `device`, begun at `seed`: dropout, and the
/// constructors of libtorch's modules, draw from nowhere else. Objects must end in the reverse
/// order.
class SeededGenerators {
 public:
  SeededGenerators(std::uint64_t seed, const torch::Device& device);
  SeededGenerators(const SeededGenerators&) = delete;
  SeededGenerators& operator=(const SeededGenerators&) = delete;
  ~SeededGenerators();

 private:
  std::vector<std::pair<at::Generator, torch::Tensor>> before_;  ///< with their states
};

}  // namespace medcl
