// SPDX-License-Identifier: Apache-2.0
#pragma once

// The threads that the steps of a network, of training or of prediction, compute with.

#include <torch/torch.h>

#include <string>

#include "medcl/core/held_setting.h"
#include "medcl/core/thread_governor.h"
#include "medcl/model/libtorch_state.h"

namespace medcl {

/// Whether nearly all work of the network, with convolutions in this type, is done by operations of
/// kernels that share it out themselves and whose results do not depend on how many threads they
/// have: libtorch then needs one only.
bool spares_libtorch_threads(const torch::nn::Module& network, torch::ScalarType compute_type);

/// For as long as it lives, networks compute with `threads` threads; of several objects, with those
/// of the one that took them last.
///
/// Where the network spares libtorch's threads, libtorch has one, and operations of kernels
/// share their work out among those of compute_pool(); elsewhere libtorch has all.
class NetworkThreads {
 public:
  /// @throws as LibtorchThreads.
  NetworkThreads(const torch::nn::Module& network, torch::ScalarType compute_type, int threads);

  /// Whether results are the same bits with any number of threads, so that set() may change it.
  [[nodiscard]] bool are_free() const { return are_free_; }
  void set(int threads);
  /// Before work that follows the work of other objects.
  void take();

 private:
  bool are_free_;
  LibtorchThreads libtorch_;
  HeldSetting<int>::Holder pool_;
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
  /// As NetworkThreads::take.
  void take() { threads_.take(); }

 private:
  NetworkThreads threads_;
  std::string unit_;
  bool may_wait_;  ///< several threads of libtorch, which wait for each other
  ThreadGovernor governor_;
  SlowdownWatch slowdown_;
};

}  // namespace medcl
