// SPDX-License-Identifier: Apache-2.0
#pragma once

// The description of an experiment: a TOML file that names datasets, methods, budgets and what is
// published of them. docs/how-to/reproduce-the-paper.md shows one.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "medcl/dataset/phantom.h"
#include "medcl/evaluation/evaluate.h"
#include "medcl/experiment/calibration.h"

namespace medcl {

/// [dataset.NAME]: a folder, relative to that of the process, or without one the phantom of its
/// options.
struct GridDataset {
  std::string title, folder;
  PhantomDatasetOptions phantom;
};

/// [method.NAME] and [switch.NAME]: settings as of `medcl train --set`, over those of [run].
struct GridChoice {
  std::string title;
  std::string preset;  ///< instead of that of [run]
  std::vector<std::string> set;
};

/// [prediction.NAME]: flags of `medcl predict` with which the model of each run predicts.
/// "{labels}" in them is the folder of the reference labels.
struct GridPrediction {
  std::string title;
  std::vector<std::string> flags;
  double x = std::numeric_limits<double>::quiet_NaN();  ///< its place in a figure
};

/// [published.ROW]: numbers of a paper, by the titles of columns.
struct PublishedRow {
  std::map<std::string, double> values;
  std::string conditions;  ///< under which they were measured
};

struct ReportOptions {
  std::string reference;  ///< row that the others are tested against; empty: none
  /// "scribbles", "switch" or "prediction": laid side by side, one column each; empty: classes are.
  std::string across;
  std::string published_from;  ///< where the published numbers stand
  bool panels = true;          ///< pictures of the median and the worst case
  bool scribbles = false;      ///< and of a scribbled case of each dataset
};

struct Experiment {
  std::string file;  ///< where it stands, for messages
  std::string title, about;
  std::vector<std::string> datasets, methods, switches, predictions;
  std::vector<std::int64_t> scribbles{0};  ///< scribbled cases; 0: all
  std::vector<std::int64_t> draws{0}, seeds{1};
  std::string preset;
  std::vector<std::string> set;
  std::int64_t steps = 0;  ///< the budget of each run, in steps or in minutes; one is given
  double minutes = 0;
  /// With which minutes are steps; without rows, minutes are minutes.
  Calibration calibration;
  std::string evaluate = "validation";  ///< or "test"
  EvaluateOptions evaluation;
  ReportOptions report;
  std::map<std::string, GridDataset> dataset;
  std::map<std::string, GridChoice> method, choice;  ///< `choice`: [switch.NAME]
  std::map<std::string, GridPrediction> prediction;
  std::map<std::string, PublishedRow> published;
};

/// `name` stands for the text in messages. Lists of [grid] that are absent hold what the file has
/// sections for; without a [switch] or a [prediction] there is one, "".
/// @throws Error(kIo) for what is not TOML; Error(kUsage) for unknown keys, names without a
///         section, a missing budget, names that are no names of files, and as
///         require_known_rows (rows.h).
Experiment parse_experiment(std::string_view text, const std::string& name);
Experiment read_experiment(const std::filesystem::path& file);

/// The number that is published of a row and a column; NaN without.
double published_number(const Experiment& experiment, const std::string& row,
                        const std::string& column);
/// The column by which a file publishes what is laid across in place `n`.
std::string published_column(const Experiment& experiment, std::size_t n);

/// The title of a thing of the grid; its name where it has none.
template <typename Thing>
std::string title_of(const std::map<std::string, Thing>& things, const std::string& name) {
  const auto found = things.find(name);
  return found == things.end() || found->second.title.empty() ? name : found->second.title;
}

}  // namespace medcl
