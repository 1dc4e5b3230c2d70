// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a run that goes on may be told anew, and what it keeps from its first step to its last.

#include <filesystem>
#include <string>
#include <vector>

#include "medcl/task/config.h"

namespace medcl {

/// The options of config.toml in `run`, as they were settled when it was written. A run of an
/// earlier version that settled on no orientation took arrays as they are stored.
/// @throws Error(kIo) when the file is broken; Error(kUsage) as resolve_options.
RunOptions options_as_written(const std::filesystem::path& run, const MoreOptions& more = {});

/// The options of config.toml in `run` with `settings` ("key=value") over them; a dataset that they
/// name becomes an absolute path. Not settled, but for prepare.orientation: that of
/// options_as_written, unless a setting names another than "auto".
/// @throws Error(kIo) when the file names no dataset or is broken; Error(kUsage) as
///         resolve_options.
RunOptions options_of_run(const std::filesystem::path& run,
                          const std::vector<std::string>& settings, const MoreOptions& more = {});

/// A run that goes on may get other ends, other intervals between validations and checkpoints,
/// another device and other threads; its dataset and the weights of a SAM may have moved. What
/// decides the result stays: then all its steps belong to one training. Both are of settled
/// options.
/// @throws Error(kUsage) naming the options that differ otherwise, with their values in the run.
void require_resumable(const OptionTable& before, const OptionTable& asked);

}  // namespace medcl
