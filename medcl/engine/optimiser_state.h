// SPDX-License-Identifier: Apache-2.0
#pragma once

// Part of Adam and Sgd.

#include <torch/torch.h>

#include <string>

#include "medcl/model/state.h"

namespace medcl {

/// Copies the tensor of this name. @throws Error(kModelMismatch) without one of the same shape.
void take_state(const NamedTensors& state, const std::string& name, torch::Tensor& into);

}  // namespace medcl
