// SPDX-License-Identifier: Apache-2.0
#pragma once

// A plan as the file that nnU-Net 2.8.1 loads: nnUNetPlans.json in nnUNet_preprocessed.
//
// Source: nnU-Net 2.8.1, plans_handler.py.

#include <string>

#include "medcl/dataset/nnunet/planner.h"
#include "medcl/format/json.h"

namespace medcl::nnunet {

/// Its "2d" configuration is the only one.
Json plan_json(const Plan& plan);

/// Of a configuration, "2d" or, with three axes, one of volumes. `configuration`: its name.
Json configuration_json(const Plan& plan, const std::string& configuration,
                        const Configuration& shape);

}  // namespace medcl::nnunet
