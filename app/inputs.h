// SPDX-License-Identifier: Apache-2.0
#pragma once

// Which files a verb reads when a user names a dataset, a model or a run: what lies beside them,
// such as an earlier report inside a run folder, may be replaced.

#include <filesystem>
#include <string>

#include "medcl/core/output_guard.h"

namespace medcl {

/// dataset.json and the files beside it, images and labels.
void add_dataset(const std::filesystem::path& root, OutputGuard& guard);

/// Weights and description of a model folder or a run folder; or a file with tensors.
void add_model(const std::filesystem::path& path, OutputGuard& guard);

/// Refuses a folder of outputs that is the dataset itself or lies among its images or labels, where
/// outputs would be taken for cases. `option`: how the folder was named. @throws Error(kUsage)
void require_apart(const std::filesystem::path& folder, const std::filesystem::path& dataset,
                   const std::string& option);

/// Refuses an empty path, which would mean the current folder. @throws Error(kUsage)
void require_named(const std::filesystem::path& output, const std::string& option);

/// Refuses an output that would be a file of somebody's work, whether the verb reads that or not:
/// of any dataset dataset.json, the files beside it, images and labels; of any run or model what
/// training wrote. Verbs whose output is labels may write labels. `option`: how the output was
/// named. @throws Error(kUsage)
void require_own_file(const std::filesystem::path& output, const std::string& option,
                      bool may_be_labels = false);
/// The same for a folder into which files are written, which may not be a dataset, a run or a model
/// itself either.
void require_own_folder(const std::filesystem::path& folder, const std::string& option);

/// True when `path`, which may not exist yet, is `folder` or lies below it, behind links too.
bool lies_in(const std::filesystem::path& path, const std::filesystem::path& folder);

}  // namespace medcl
