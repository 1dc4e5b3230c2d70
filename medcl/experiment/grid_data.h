// SPDX-License-Identifier: Apache-2.0
#pragma once

// The datasets of an experiment: folders that are there, and phantoms that are written once.

#include <filesystem>
#include <functional>
#include <map>
#include <string>

#include "medcl/dataset/dataset.h"
#include "medcl/experiment/experiment.h"

namespace medcl {

using GridDatasets = std::map<std::string, Dataset>;

/// Reads the datasets of the grid; phantoms that are absent from `folder`/data are written first,
/// while other processes that want the same wait. `on_note` is told what takes long.
/// @throws as read_dataset and write_phantom_dataset; what `poll`, called while it waits, throws.
GridDatasets ready_datasets(const Experiment& experiment, const std::filesystem::path& folder,
                            const std::function<void(const std::string&)>& on_note,
                            const std::function<void()>& poll);

/// Where the dataset lies, whether it is there or not.
std::filesystem::path dataset_place(const Experiment& experiment,
                                    const std::filesystem::path& folder, const std::string& name);

}  // namespace medcl
