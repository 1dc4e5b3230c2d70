// SPDX-License-Identifier: Apache-2.0
#include "medcl/experiment/grid_data.h"

#include <chrono>
#include <thread>

#include "medcl/core/atomic_file.h"
#include "medcl/core/error.h"
#include "medcl/core/input_file.h"
#include "medcl/core/sha256.h"
#include "medcl/run/run_lock.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

/// The lock on a folder, once no other process has it.
RunLock waited_lock(const fs::path& folder, const std::function<void()>& poll) {
  for (;;) {
    try {
      return RunLock(folder);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kUsage) throw;
    }
    poll();
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
}

/// Other options are another phantom.
std::string phantom_name(const std::string& name, PhantomDatasetOptions options) {
  OptionTable table;
  options.describe(table);
  std::string text;
  for (const Option& option : table.options())
    text += option.name + "=" + option.value_text() + "\n";
  return name + "-" + sha256_hex(text).substr(0, 8);
}

}  // namespace

fs::path dataset_place(const Experiment& experiment, const fs::path& folder,
                       const std::string& name) {
  const GridDataset& dataset = experiment.dataset.at(name);
  return dataset.folder.empty() ? folder / "data" / phantom_name(name, dataset.phantom)
                                : fs::path(dataset.folder);
}

GridDatasets ready_datasets(const Experiment& experiment, const fs::path& folder,
                            const std::function<void(const std::string&)>& on_note,
                            const std::function<void()>& poll) {
  GridDatasets datasets;
  for (const std::string& name : experiment.datasets) {
    const fs::path place = fs::absolute(dataset_place(experiment, folder, name)).lexically_normal();
    if (experiment.dataset.at(name).folder.empty() && !is_there(place / "dataset.json")) {
      make_folders(place.parent_path());
      const RunLock lock = waited_lock(place.parent_path(), poll);
      if (!is_there(place / "dataset.json")) {
        on_note("writing phantoms: " + place.string());
        write_phantom_dataset(place, experiment.dataset.at(name).phantom,
                              [&](std::int64_t, std::int64_t) { poll(); });
      }
    }
    datasets[name] = read_dataset(place);
  }
  return datasets;
}

}  // namespace medcl
