// SPDX-License-Identifier: Apache-2.0
#pragma once

// Which files a verb reads when a user names a dataset, a model or a run: what lies beside them,
// such as an earlier report inside a run folder, may be replaced.

#include <filesystem>

#include "medcl/core/output_guard.h"

namespace medcl {

/// dataset.json and the files beside it, images and labels.
void add_dataset(const std::filesystem::path& root, OutputGuard& guard);

/// Weights and description of a model folder or a run folder; or a file with tensors.
void add_model(const std::filesystem::path& path, OutputGuard& guard);

}  // namespace medcl
