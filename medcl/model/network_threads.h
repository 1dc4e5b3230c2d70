// SPDX-License-Identifier: Apache-2.0
#pragma once

// The threads that the steps of a network, of training or of prediction, compute with.

#include <torch/torch.h>

#include <string>

#include "medcl/core/thread_governor.h"
#include "medcl/core/thread_pool.h"

namespace medcl {

/// at::set_num_threads, which waits for ever where a limit (`ulimit -v`, `ulimit -u`) does not let
/// so many threads start: this throws there, and where they would leave no room for libraries to
/// compute. Cost: that of starting and ending `threads` threads and one for each core.
/// @throws std::system_error, c10::Error for memory
void set_libtorch_threads(int threads);

/// Whether nearly all work of the network, with convolutions in this type, is done by operations of
/// kernels that share it out themselves and whose results do not depend on how many threads they
/// have: libtorch then needs one only.
bool spares_libtorch_threads(const torch::nn::Module& network, torch::ScalarType compute_type);

/// For as long as it lives, networks compute with `threads` threads. One object at a time.
///
/// Where the network spares libtorch's threads, libtorch has one, and operations of kernels
/// share their work out among those of compute_pool(); elsewhere libtorch has all.
class NetworkThreads {
 public:
  NetworkThreads(const torch::nn::Module& network, torch::ScalarType compute_type, int threads);
  NetworkThreads(const NetworkThreads&) = delete;
  NetworkThreads& operator=(const NetworkThreads&) = delete;
  ~NetworkThreads();

  /// Whether results are the same bits with any number of threads, so that set() may change it.
  [[nodiscard]] bool are_free() const { return are_free_; }
  void set(int threads);

 private:
  int libtorch_threads_before_;
  bool are_free_;
  ComputeThreads pool_threads_;
};

/// NetworkThreads whose number, where it is free, a ThreadGovernor finds: as many, up to `most`, as
/// are best while other work comes and goes. Elsewhere there are `most` throughout, and a warning
/// where they seem to wait for cores that others have.
class GovernedThreads {
 public:
  /// `unit`: what took() is told of, for the log, such as "step".
  GovernedThreads(const torch::nn::Module& network, torch::ScalarType compute_type, int most,
                  std::string unit);

  /// A unit of work took so long; the next may be done with another number of threads. A change is
  /// logged, as a warning where other work takes the cores.
  void took(double seconds);

 private:
  NetworkThreads threads_;
  std::string unit_;
  bool may_wait_;  ///< several threads of libtorch, which wait for each other
  ThreadGovernor governor_;
  SlowdownWatch slowdown_;
};

}  // namespace medcl
