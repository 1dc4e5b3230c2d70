// SPDX-License-Identifier: Apache-2.0
#pragma once

// The runs of an experiment, and the cases that each learns from and is scored on.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "medcl/dataset/dataset.h"
#include "medcl/experiment/experiment.h"

namespace medcl {

/// One training of the grid.
struct GridRun {
  std::size_t number = 0;  ///< in the order of expand_grid, from 0
  /// What the file says of it: its names, and a hash of all that decides the result but the data.
  std::string plan;
  /// data_digest() of its dataset, with the files of its settings; empty where that is not known.
  std::string data;
  /// The plan and the first digits of the data: the name of its folder and of its file in the
  /// store.
  std::string id;
  std::string dataset, method, choice;  ///< `choice`: of [switch.*], or ""
  std::int64_t scribbles = 0, draw = 0, seed = 0;
  std::string preset;
  std::vector<std::string> settings;  ///< "key=value" of medcl train, seed and budget included
  std::string row;                    ///< "DATASET/METHOD" or "DATASET/METHOD/SWITCH"
  std::string recipe;  ///< a hash of the preset and the settings but the seed and the budget
  /// The budget: steps, or seconds where a run ends by time; the other is 0.
  std::int64_t steps = 0;
  double seconds = 0;
};

/// data_digest() of datasets, by their names in the experiment, and hashes of the files that
/// settings name, by digest_name_of_file(); absent: not known.
using DataDigests = std::map<std::string, std::string>;
/// "file weights/sam.pth", which is no name of a dataset.
std::string digest_name_of_file(const std::string& file);

/// All runs: datasets, then scribbles, draws, seeds, methods and switches, the last the fastest, so
/// that an interrupted grid has whole rows to compare. A draw of all cases is one draw.
///
/// With a calibration that has the row as it is, minutes are as many steps as fit into them.
///
/// What is changed in the file, or in the data, makes other runs, and what stays keeps its results.
/// Where a dataset lies decides nothing.
std::vector<GridRun> expand_grid(const Experiment& experiment, const DataDigests& data = {});

/// The digits of a digest that ids and messages have; "unknown" of an empty one.
std::string short_digest(const std::string& digest);

/// The training cases that have labels, sorted: of the first split, or of all cases without one.
std::vector<std::string> scribbled_cases(const Dataset& dataset);

/// The id of `count` scribbled training cases in draw number `draw`, sorted: the first of a random
/// order of them, so that fewer cases are a subset of more. Empty for 0: all.
/// @throws Error(kInvalidData) when there are not so many.
std::vector<std::string> drawn_cases(const Dataset& dataset, std::int64_t count, std::int64_t draw);

/// The cases that are scored, and the folder of their references.
struct ScoredCases {
  std::vector<const Case*> cases;
  std::filesystem::path labels;
};
/// `which`: "validation" (of the first split) or "test". The dataset must outlive the result.
/// @throws Error(kInvalidData) when there are none with labels.
ScoredCases scored_cases(const Dataset& dataset, const std::string& which);

}  // namespace medcl
