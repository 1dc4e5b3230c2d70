// SPDX-License-Identifier: Apache-2.0
#pragma once

// A network and the method that it learns with, on their device.

#include <cstdint>
#include <memory>
#include <vector>

#include "medcl/engine/task.h"
#include "medcl/methods/method.h"
#include "medcl/model/replayed.h"
#include "medcl/task/config.h"

namespace medcl {

/// The network of a run, on its device, with its precision; its weights are a function of the seed
/// and of the files that its options name. `options` are settled.
std::shared_ptr<Network> network_for(const RunOptions& options, const NetworkShape& shape);

class Learner {
 public:
  /// `options` are settled, `needs` those of their method. @throws as make_method and make_network.
  Learner(const RunOptions& options, const MethodNeeds& needs, std::int64_t channels);

  /// "network", "method" and "kept", as far as there are any.
  std::vector<ModuleGroup> modules();
  LossTerms losses(const Batch& batch);
  void after_step(const Batch& batch);
  [[nodiscard]] const Method& method() const { return *method_; }

 private:
  [[nodiscard]] Step step_of(const Batch& batch);

  std::uint64_t seed_;
  std::unique_ptr<Method> method_;
  std::shared_ptr<Network> network_;                ///< with the method's extra outputs
  std::unique_ptr<fast::cuda::Replayed> replayed_;  ///< on a GPU: the same network; may be null
};

}  // namespace medcl
