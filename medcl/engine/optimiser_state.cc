// SPDX-License-Identifier: Apache-2.0
#include "medcl/engine/optimiser_state.h"

#include "medcl/core/error.h"

namespace medcl {

void take_state(const NamedTensors& state, const std::string& name, torch::Tensor& into) {
  const auto found = state.find(name);
  if (found == state.end() || found->second.sizes() != into.sizes()) {
    fail(ErrorCode::kModelMismatch, {.what = "optimiser state does not fit the network",
                                     .where = name,
                                     .expected = "a tensor of the parameter's shape"});
  }
  const torch::NoGradGuard no_grad;
  into.copy_(found->second);
}

}  // namespace medcl
