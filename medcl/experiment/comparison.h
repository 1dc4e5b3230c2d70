// SPDX-License-Identifier: Apache-2.0
#pragma once

// The results of an experiment in the order of its tables: sections of rows of cells.

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "medcl/evaluation/significance.h"
#include "medcl/experiment/store.h"

namespace medcl {

/// What is compared in one place: the runs that differ in draw and seed only.
struct ComparedCell {
  std::string prediction;
  std::vector<const RunResult*> runs;  ///< done ones
  std::vector<std::string> failures;   ///< reasons, each once
  std::size_t planned = 0;             ///< runs of the grid

  [[nodiscard]] bool has_scores() const { return !runs.empty(); }
  /// The scores of one of its runs.
  [[nodiscard]] const Summary& summary(std::size_t run) const {
    return runs[run]->scores.at(prediction).summary;
  }
};

struct ComparedRow {
  std::string name;   ///< its methods, switch and prediction, of which there are several: "a/b"
  std::string title;  ///< the same in the titles of the file
  std::vector<ComparedCell> cells;  ///< one per column
};

struct ComparedSection {
  std::string dataset;               ///< its name
  std::string title;                 ///< "MSCMRseg, 5 scribbled cases"
  std::vector<std::string> columns;  ///< titles of what is laid across; one, "", without
  std::vector<double> x;             ///< their places in a figure; NaN without
  std::vector<ComparedRow> rows;
  LabelMap labels;  ///< empty where nothing is done
  Units units;
};

/// `results` must outlive what is returned. @throws as require_known_rows (rows.h);
/// Error(kInvalidData), naming both, where results of one dataset are of different data.
std::vector<ComparedSection> compare(const Experiment& experiment,
                                     const std::vector<RunResult>& results);

/// A number of each case by its id: the mean over the runs of the cell.
using CaseValues = std::map<std::string, double>;
/// `metric`: an index of metrics(); `c`: a foreground class from 0, or -1: the mean over classes of
/// those that are finite.
CaseValues case_values(const ComparedCell& cell, std::size_t metric, std::int64_t c);

/// How a cell did over its cases, and how much that depends on chance.
struct CellStatistics {
  Statistic over_cases;  ///< of case_values
  Interval interval;     ///< 95 %, bootstrap over cases
  double sd_seeds = 0;   ///< of the mean over cases, between seeds of one draw; NaN for one seed
  double sd_draws = 0;   ///< of the same between draws, each the mean of its seeds; NaN for one
};
CellStatistics statistics_of(const ComparedCell& cell, std::size_t metric, std::int64_t c);

/// p of the rows of a column against the reference row, and Holm's correction over the rows; NaN
/// for the reference itself, rows without scores, and all without a reference.
struct RowTest {
  SignedRank test;
  double p = 0, p_holm = 0;
};
std::vector<RowTest> test_rows(const ComparedSection& section, std::size_t column,
                               const std::string& reference, std::size_t metric);

/// The index of a metric by its key. @throws for a key that there is not.
std::size_t metric_index(const std::string& key);

}  // namespace medcl
