// SPDX-License-Identifier: Apache-2.0
#pragma once

// The second pass over the files of a plan: every case is written. Part of make_dataset.

#include "medcl/dataset/import_job.h"
#include "medcl/dataset/intake/look.h"

namespace medcl {

/// Writes images and labels of all cases below job.dataset.root and enters them into job.dataset,
/// with splits. Sets `is_open` of the labels seen. @throws as make_dataset.
void write_cases(ImportJob& job, const IntakePlan& plan, const IntakeOptions& options,
                 LookedAt& looked, const IntakeProgress& progress);

/// "case, role, file" of every source, tab-separated with a header line.
std::string sources_table(const IntakePlan& plan);

}  // namespace medcl
