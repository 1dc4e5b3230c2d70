// SPDX-License-Identifier: Apache-2.0
#pragma once

// The datasets of an experiment: folders that are there, and phantoms that are written once; and
// which data its results are of.

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "medcl/dataset/dataset.h"
#include "medcl/experiment/store.h"

namespace medcl {

using GridDatasets = std::map<std::string, Dataset>;

/// @throws Error(kIo) naming the place of the first dataset with a folder that is not there.
void require_folders(const Experiment& experiment);

/// Reads the datasets of the grid; phantoms that are absent from `folder`/data are written first,
/// while other processes that want the same wait. `on_note` is told what takes long.
/// @throws as require_folders, read_dataset and write_phantom_dataset; what `poll`, called while it
/// waits, throws.
GridDatasets ready_datasets(const Experiment& experiment, const std::filesystem::path& folder,
                            const std::function<void(const std::string&)>& on_note,
                            const std::function<void()>& poll);

/// The datasets of the grid that are there.
GridDatasets datasets_there(const Experiment& experiment, const std::filesystem::path& folder);

/// The same, and phantoms that are not written yet as they are going to be: their classes and the
/// names of their cases are known, and nothing of them can be read.
GridDatasets described_datasets(const Experiment& experiment, const std::filesystem::path& folder);

struct DataNow {
  DataDigests digests;
  std::vector<std::string> changed;  ///< names of files that are not what they were last time
};
/// data_digest() of each dataset, with its test cases where those are scored, and the hashes of
/// files that settings name, such as published weights. Hashes are kept in `folder`/cache, where
/// the folder of the experiment is there.
DataNow data_now(const Experiment& experiment, const GridDatasets& datasets,
                 const std::filesystem::path& folder, const std::function<void()>& poll = {});

/// What can be said of an experiment that is only looked at.
struct KnownData {
  GridDatasets datasets;
  DataDigests digests;  ///< of the datasets, and of those that are not there what results say
  std::vector<std::string> absent;  ///< a sentence for each folder that is not there
};
/// @throws as read_dataset and data_digest; Error(kInvalidData), naming both, where a dataset is
///         not there and its results are of different data.
KnownData known_data(const Experiment& experiment, const std::filesystem::path& folder);

/// A sentence for each kind of other data that the store has results of these runs of.
std::vector<std::string> results_of_other_data(const std::vector<GridRun>& runs,
                                               const ResultStore& store);

/// Where the dataset lies, as an absolute path, whether it is there or not.
std::filesystem::path dataset_place(const Experiment& experiment,
                                    const std::filesystem::path& folder, const std::string& name);

}  // namespace medcl
