// SPDX-License-Identifier: Apache-2.0
#pragma once

// The store of an experiment: a folder with one JSON file per run that has ended, written
// atomically. Stores are merged by copying their files together. docs/decisions/0020 says why.
//
// FOLDER/experiment.toml     the description, as it was last used
// FOLDER/data/NAME           phantoms
// FOLDER/cache/NAME          prepared cases of a dataset; digests.json: FileDigests of the data
// FOLDER/runs/ID             what a run left: train (run folder), predictions, scores, log
// FOLDER/results/ID.json     the store

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "medcl/evaluation/evaluate.h"
#include "medcl/experiment/grid.h"
#include "medcl/format/json.h"

namespace medcl {

/// "format" of a result's file.
inline constexpr const char* kResultFormat = "medcl-experiment-run";

/// What the model of a run scored in one kind of prediction.
struct PredictionResult {
  Summary summary;
  std::string postprocessing;  ///< the component rule, as medcl predict noted it
  double seconds = 0;          ///< of all cases
};

struct RunResult {
  std::string id, dataset, method, choice;
  std::string data;  ///< data_digest() of the dataset; empty: of a version that did not note it
  std::int64_t scribbles = 0, draw = 0, seed = 0;
  std::string failure;  ///< why there are no scores; empty: the run is done
  double seconds = 0;   ///< of the whole run, over all stretches
  std::int64_t steps = 0;
  double train_seconds = 0;
  std::vector<std::string> scribbled;              ///< the cases that were drawn; empty: all
  std::vector<std::pair<double, double>> course;   ///< minutes and mean validation Dice
  std::map<std::string, PredictionResult> scores;  ///< by the name of the prediction
  Json model = Json::object();                     ///< model.json without what is long
  std::string config;                              ///< config.toml

  [[nodiscard]] bool done() const { return failure.empty(); }
};

class ResultStore {
 public:
  /// Of the experiment in `folder`, which need not exist.
  explicit ResultStore(const std::filesystem::path& folder) : folder_(folder / "results") {}

  [[nodiscard]] std::filesystem::path file_of(const std::string& id) const;
  [[nodiscard]] bool contains(const std::string& id) const;
  /// @throws Error(kIo) absent, broken, or of another id.
  [[nodiscard]] RunResult read(const std::string& id) const;
  /// Replaces what is there. @throws Error(kIo), Error(kOutOfResources)
  void write(const RunResult& result) const;
  /// Absent is no error.
  void remove(const std::string& id) const;
  /// The results of those runs that have one, in their order.
  [[nodiscard]] std::vector<RunResult> read_all(const std::vector<GridRun>& runs) const;
  /// The ids of all results of `run`'s plan, of whatever data.
  [[nodiscard]] std::vector<std::string> ids_of_plan(const GridRun& run) const;

 private:
  std::filesystem::path folder_;
};

/// Where things of a run lie.
std::filesystem::path run_place(const std::filesystem::path& folder, const std::string& id);
/// The label files of one kind of prediction. `prediction`: its name, or "".
std::filesystem::path predictions_place(const std::filesystem::path& run_place,
                                        const std::string& prediction);
/// The scores of one kind of prediction, as medcl evaluate wrote them.
std::filesystem::path scores_file(const std::filesystem::path& run_place,
                                  const std::string& prediction);

}  // namespace medcl
