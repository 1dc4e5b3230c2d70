// SPDX-License-Identifier: Apache-2.0
#pragma once

// medcl plan --nnunet: what nnU-Net would choose for a dataset.

#include <string>

#include "medcl/dataset/dataset.h"

namespace medcl {

/// The plan as text: for nnU-Net itself (JSON), or as a configuration of this program. Shows
/// progress; a signal stops it. `planner`: one of nnunet::planners().
/// @throws as nnunet::fingerprint_of and nnunet::plan_options.
std::string nnunet_plan_text(const Dataset& dataset, const std::string& planner, bool json);

}  // namespace medcl
