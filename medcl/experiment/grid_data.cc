// SPDX-License-Identifier: Apache-2.0
#include "medcl/experiment/grid_data.h"

#include <chrono>
#include <set>
#include <thread>

#include "medcl/core/atomic_file.h"
#include "medcl/core/counted.h"
#include "medcl/core/error.h"
#include "medcl/core/input_file.h"
#include "medcl/core/sha256.h"
#include "medcl/dataset/data_digest.h"
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

constexpr const char* kRelative = "folders in the file are relative to the current folder";

[[noreturn]] void refuse_absent(const Experiment& experiment, const std::string& name,
                                const fs::path& place) {
  fail(ErrorCode::kIo, {.what = "no dataset there",
                        .where = experiment.file + ": dataset." + name + ".folder",
                        .expected = "a folder with dataset.json",
                        .found = "none in " + place.string(),
                        .remedy = std::string(kRelative) + "; or say where it is with --dataset " +
                                  name + "=FOLDER"});
}

/// The digits behind the plan in an id; empty: of a version that did not note its data.
std::string data_of_id(const std::string& id, const GridRun& run) {
  return id.size() > run.plan.size() ? id.substr(run.plan.size() + 1) : "";
}

/// The ids of the results of a dataset by the data that they are of.
using IdsByData = std::map<std::string, std::vector<std::string>>;

IdsByData ids_by_data(const std::vector<GridRun>& runs, const ResultStore& store,
                      const std::string& dataset) {
  IdsByData ids;
  for (const GridRun& run : runs) {
    if (run.dataset != dataset) continue;
    for (const std::string& id : store.ids_of_plan(run)) ids[data_of_id(id, run)].push_back(id);
  }
  return ids;
}

std::string results_of(const IdsByData::value_type& one) {
  return counted(one.second.size(), "result") + " of data " + short_digest(one.first);
}

/// What the results of a dataset that is not there say; empty without results.
std::string digest_in_store(const std::vector<GridRun>& runs, const ResultStore& store,
                            const std::string& dataset) {
  const IdsByData ids = ids_by_data(runs, store, dataset);
  if (ids.empty()) return "";
  if (ids.size() > 1) {
    fail(ErrorCode::kInvalidData,
         {.what = "results of different data cannot stand beside each other",
          .where = "dataset " + dataset,
          .expected = results_of(*ids.begin()),
          .found = results_of(*std::next(ids.begin())),
          .remedy = "say which is meant: --dataset " + dataset + "=FOLDER"});
  }
  return store.read(ids.begin()->second.front()).data;
}

/// The files that settings of runs name, each once.
std::set<std::string> files_in_settings(const Experiment& experiment) {
  std::set<std::string> files;
  for (const GridRun& run : expand_grid(experiment)) {
    for (const std::string& setting : run.settings) {
      const std::string value = setting.substr(setting.find('=') + 1);
      std::error_code none;
      if (fs::is_regular_file(value, none)) files.insert(value);
    }
  }
  return files;
}

}  // namespace

fs::path dataset_place(const Experiment& experiment, const fs::path& folder,
                       const std::string& name) {
  const GridDataset& dataset = experiment.dataset.at(name);
  return fs::absolute(dataset.folder.empty() ? folder / "data" / phantom_name(name, dataset.phantom)
                                             : fs::path(dataset.folder))
      .lexically_normal();
}

void require_folders(const Experiment& experiment) {
  for (const std::string& name : experiment.datasets) {
    if (experiment.dataset.at(name).folder.empty()) continue;
    const fs::path place = dataset_place(experiment, "", name);
    if (!is_there(place / "dataset.json")) refuse_absent(experiment, name, place);
  }
}

GridDatasets ready_datasets(const Experiment& experiment, const fs::path& folder,
                            const std::function<void(const std::string&)>& on_note,
                            const std::function<void()>& poll) {
  require_folders(experiment);
  GridDatasets datasets;
  for (const std::string& name : experiment.datasets) {
    const fs::path place = dataset_place(experiment, folder, name);
    const bool is_phantom = experiment.dataset.at(name).folder.empty();
    if (is_phantom && !is_there(place / "dataset.json")) {
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

GridDatasets datasets_there(const Experiment& experiment, const fs::path& folder) {
  GridDatasets datasets;
  for (const std::string& name : experiment.datasets) {
    const fs::path place = dataset_place(experiment, folder, name);
    if (is_there(place / "dataset.json")) datasets[name] = read_dataset(place);
  }
  return datasets;
}

GridDatasets described_datasets(const Experiment& experiment, const fs::path& folder) {
  GridDatasets datasets = datasets_there(experiment, folder);
  for (const std::string& name : experiment.datasets) {
    const GridDataset& described = experiment.dataset.at(name);
    if (datasets.count(name) > 0 || !described.folder.empty()) continue;
    Dataset& phantom = datasets[name] =
        planned_phantom_dataset(dataset_place(experiment, folder, name), described.phantom);
    phantom.orientation = "array";  // no file says more
  }
  return datasets;
}

DataNow data_now(const Experiment& experiment, const GridDatasets& datasets, const fs::path& folder,
                 const std::function<void()>& poll) {
  FileDigests known(folder / "cache" / "digests.json");
  DataNow now;
  for (const auto& [name, dataset] : datasets) {
    now.digests[name] = data_digest(dataset, experiment.evaluate == "test", known, poll);
  }
  for (const std::string& file : files_in_settings(experiment)) {
    now.digests[digest_name_of_file(file)] = known.of(file);
  }
  for (const fs::path& file : known.other()) now.changed.push_back(file.string());
  if (is_there(folder)) known.keep();  // who only looks makes no folder
  return now;
}

KnownData known_data(const Experiment& experiment, const fs::path& folder) {
  KnownData known{.datasets = datasets_there(experiment, folder), .digests = {}, .absent = {}};
  known.digests = data_now(experiment, known.datasets, folder).digests;
  const std::vector<GridRun> runs = expand_grid(experiment);
  const ResultStore store(folder);
  for (const std::string& name : experiment.datasets) {
    if (known.datasets.count(name) > 0) continue;
    known.digests[name] = digest_in_store(runs, store, name);
    if (experiment.dataset.at(name).folder.empty()) continue;  // a phantom, written when it runs
    known.absent.push_back("no dataset " + name + " in " +
                           dataset_place(experiment, folder, name).string() + " (" + kRelative +
                           "): say where it is with --dataset " + name + "=FOLDER");
  }
  return known;
}

std::vector<std::string> results_of_other_data(const std::vector<GridRun>& runs,
                                               const ResultStore& store) {
  std::map<std::string, std::string> data_now;  // by dataset
  for (const GridRun& run : runs) data_now[run.dataset] = run.data;
  std::vector<std::string> sentences;
  for (const auto& [dataset, now] : data_now) {
    for (const auto& one : ids_by_data(runs, store, dataset)) {
      if (now.empty() || one.first == short_digest(now)) continue;
      sentences.push_back(dataset + ": " + results_of(one) +
                          ", not of the data that is there now (" + short_digest(now) + ")");
    }
  }
  return sentences;
}

}  // namespace medcl
