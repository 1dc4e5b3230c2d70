// SPDX-License-Identifier: Apache-2.0
#pragma once

// A plan of nnU-Net as options of this program.

#include <vector>

#include "medcl/dataset/nnunet/planner.h"
#include "medcl/dataset/plan.h"

namespace medcl::nnunet {

/// The 2-D configuration for `medcl train`, each option with its reason: network and method of
/// nnU-Net with its spacing, patch, batch, length and augmentation. A crop is a square: its side is
/// the longer one of the patch. One normalisation is for all channels.
/// @throws as require_trained_here.
std::vector<PlannedOption> plan_options(const Plan& plan);

/// @throws Error(kUsage) for a planner whose network this program does not train.
void require_trained_here(const Planner& planner);

}  // namespace medcl::nnunet
