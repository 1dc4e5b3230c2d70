// SPDX-License-Identifier: Apache-2.0
#pragma once

// What `medcl info` says of things that this program wrote and that need no network: files of JSON
// and the folder of an experiment.

#include <filesystem>

#include "medcl/format/json.h"

namespace medcl {

/// True for a TOML file with the section [grid].
bool is_experiment_file(const std::filesystem::path& path);
/// @throws as read_experiment.
Json info_of_experiment_file(const std::filesystem::path& path);

/// True for a folder that medcl experiment run made.
bool is_experiment_folder(const std::filesystem::path& path);
/// Its title, its data, and how many of its runs have which end. @throws Error(kIo)
Json info_of_experiment(const std::filesystem::path& folder);

/// Scores of medcl evaluate, an estimate of medcl estimate, a result of medcl experiment, the
/// record of a prediction. @throws Error(kIo) for what is not JSON, or none of these.
Json info_of_json_file(const std::filesystem::path& path);

}  // namespace medcl
