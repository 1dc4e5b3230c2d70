// SPDX-License-Identifier: Apache-2.0
#pragma once

// The first pass over the files of a plan: what their labels hold and how many channels there are.
// Part of make_dataset.

#include "medcl/dataset/import_job.h"
#include "medcl/dataset/intake/intake.h"

namespace medcl {

struct LookedAt {
  std::map<std::string, SeenLabels> labels;  ///< by case
  LabelMeaning meaning;
  std::size_t channels = 1;
};

/// @throws as make_dataset.
LookedAt look_at(ImportJob& job, const IntakePlan& plan, const IntakeOptions& options,
                 const IntakeProgress& progress);

}  // namespace medcl
