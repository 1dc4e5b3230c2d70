// SPDX-License-Identifier: Apache-2.0
#pragma once

// Files of a run folder that are neither checkpoint, model nor log.

#include <cstdint>
#include <filesystem>
#include <string>

#include "medcl/sampling/batch.h"
#include "medcl/training/config.h"

namespace medcl {

/// A new run must not overwrite another one. @throws Error(kUsage) when the folder holds a run.
void refuse_used_folder(const std::filesystem::path& run);

/// config.toml: every option, also those left as they are. Atomic. @throws Error(kIo)
void write_resolved_options(const std::filesystem::path& run, RunOptions options);

/// failed_step/: the batch that broke the training, for the person who looks for the reason. A disk
/// that refuses it must not hide that reason: then there is a warning, and nothing is thrown.
void keep_failed_batch(const std::filesystem::path& run, const Batch& batch, std::int64_t seed,
                       const std::string& message);

}  // namespace medcl
