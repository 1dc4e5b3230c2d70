// SPDX-License-Identifier: Apache-2.0
#include "medcl/experiment/comparison.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "medcl/core/error.h"
#include "medcl/experiment/rows.h"

namespace medcl {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// One point of the grid without draw and seed.
struct Point {
  std::string dataset, method, choice, prediction;
  std::int64_t scribbles = 0;
};

std::string scribbles_text(std::int64_t count) {
  return count == 0 ? "all scribbled cases"
                    : std::to_string(count) + (count == 1 ? " scribbled case" : " scribbled cases");
}

struct Column {
  std::string value, title;
  double x = kNan;
};

class Comparison {
 public:
  Comparison(const Experiment& experiment, const std::vector<RunResult>& results)
      : experiment_(experiment), results_(results), across_(experiment.report.across) {}

  std::vector<ComparedSection> sections() const {
    std::vector<ComparedSection> sections;
    for (const std::string& dataset : experiment_.datasets) {
      if (across_ == "scribbles") {
        sections.push_back(section_of({.dataset = dataset}));
        continue;
      }
      for (const std::int64_t scribbles : experiment_.scribbles) {
        sections.push_back(section_of({.dataset = dataset, .scribbles = scribbles}));
      }
    }
    return sections;
  }

 private:
  std::vector<Column> columns() const {
    std::vector<Column> columns;
    if (across_ == "scribbles") {
      for (const std::int64_t n : experiment_.scribbles) {
        columns.push_back({std::to_string(n), scribbles_text(n), static_cast<double>(n)});
      }
    } else if (across_ == "switch") {
      for (const std::string& name : experiment_.switches) {
        columns.push_back({name, title_of(experiment_.choice, name)});
      }
    } else if (across_ == "prediction") {
      for (const std::string& name : experiment_.predictions) {
        const auto found = experiment_.prediction.find(name);
        const double x = found == experiment_.prediction.end() ? kNan : found->second.x;
        columns.push_back({name, title_of(experiment_.prediction, name), x});
      }
    } else {
      columns.push_back({});
    }
    return columns;
  }

  ComparedSection section_of(const Point& point) const {
    ComparedSection section{.dataset = point.dataset,
                            .title = title_of(experiment_.dataset, point.dataset)};
    if (across_ != "scribbles") section.title += ", " + scribbles_text(point.scribbles);
    for (const Column& one : columns()) {
      section.columns.push_back(one.title);
      section.x.push_back(one.x);
    }
    for (const TableRow& row : rows_of(experiment_)) section.rows.push_back(row_of(row, point));
    take_labels(section);
    return section;
  }

  ComparedRow row_of(const TableRow& names, const Point& point) const {
    ComparedRow row{.name = names.name, .title = names.title, .cells = {}};
    for (const Column& column : columns()) {
      Point here = point;
      here.method = names.method;
      here.choice = names.choice;
      here.prediction = names.prediction;
      if (across_ == "scribbles") here.scribbles = static_cast<std::int64_t>(column.x);
      if (across_ == "switch") here.choice = column.value;
      if (across_ == "prediction") here.prediction = column.value;
      row.cells.push_back(cell_of(here));
    }
    return row;
  }

  ComparedCell cell_of(const Point& point) const {
    ComparedCell cell{.prediction = point.prediction};
    const std::size_t draws = point.scribbles == 0 ? 1 : experiment_.draws.size();
    cell.planned = draws * experiment_.seeds.size();
    for (const RunResult& one : results_) {
      if (one.dataset != point.dataset || one.method != point.method ||
          one.choice != point.choice || one.scribbles != point.scribbles) {
        continue;
      }
      if (one.done() && one.scores.count(point.prediction) > 0) {
        cell.runs.push_back(&one);
      } else if (std::find(cell.failures.begin(), cell.failures.end(), one.failure) ==
                 cell.failures.end()) {
        cell.failures.push_back(one.failure);
      }
    }
    return cell;
  }

  static void take_labels(ComparedSection& section) {
    for (const ComparedRow& row : section.rows) {
      for (const ComparedCell& cell : row.cells) {
        if (!cell.has_scores()) continue;
        section.labels = cell.summary(0).labels;
        section.units = cell.summary(0).units;
        return;
      }
    }
  }

  const Experiment& experiment_;
  const std::vector<RunResult>& results_;
  const std::string& across_;
};

/// Cases of one name may be other cases in other data.
void require_same_data(const std::vector<RunResult>& results) {
  std::map<std::string, const RunResult*> firsts;  // by dataset
  for (const RunResult& one : results) {
    const RunResult& first = *firsts.emplace(one.dataset, &one).first->second;
    if (one.data == first.data) continue;
    fail(ErrorCode::kInvalidData,
         {.what = "results of different data cannot stand beside each other",
          .where = "dataset " + one.dataset,
          .expected = "data " + short_digest(first.data) + " of " + first.id,
          .found = "data " + short_digest(one.data) + " of " + one.id,
          .remedy = "do the runs of one of them anew"});
  }
}

double value_of(const CaseResult& one, std::size_t metric, std::int64_t c) {
  const auto field = metrics()[metric].value;
  return c >= 0 ? one.classes[static_cast<std::size_t>(c)].*field : mean_over_classes(one, field);
}

/// The mean over the cases of each run, by draw.
std::map<std::int64_t, std::vector<double>> run_means(const ComparedCell& cell, std::size_t metric,
                                                      std::int64_t c) {
  std::map<std::int64_t, std::vector<double>> means;
  for (std::size_t r = 0; r < cell.runs.size(); ++r) {
    std::vector<double> values;
    for (const CaseResult& one : cell.summary(r).cases) values.push_back(value_of(one, metric, c));
    means[cell.runs[r]->draw].push_back(statistic_of(values).mean);
  }
  return means;
}

}  // namespace

std::vector<ComparedSection> compare(const Experiment& experiment,
                                     const std::vector<RunResult>& results) {
  require_known_rows(experiment, experiment.file);
  require_same_data(results);
  return Comparison(experiment, results).sections();
}

CaseValues case_values(const ComparedCell& cell, std::size_t metric, std::int64_t c) {
  std::map<std::string, std::vector<double>> all;
  for (std::size_t r = 0; r < cell.runs.size(); ++r) {
    for (const CaseResult& one : cell.summary(r).cases) {
      all[one.id].push_back(value_of(one, metric, c));
    }
  }
  CaseValues values;
  for (const auto& [id, of_runs] : all) values[id] = statistic_of(of_runs).mean;
  return values;
}

CellStatistics statistics_of(const ComparedCell& cell, std::size_t metric, std::int64_t c) {
  std::vector<double> values;
  for (const auto& [id, value] : case_values(cell, metric, c)) values.push_back(value);
  CellStatistics statistics{.over_cases = statistic_of(values),
                            .interval = bootstrap_mean_interval(values)};
  std::vector<double> of_draws;
  double variance = 0, draws_with_seeds = 0;
  for (const auto& [draw, means] : run_means(cell, metric, c)) {
    const Statistic one = statistic_of(means);
    of_draws.push_back(one.mean);
    if (one.count < 2) continue;
    variance += one.sd * one.sd;
    ++draws_with_seeds;
  }
  statistics.sd_seeds = draws_with_seeds > 0 ? std::sqrt(variance / draws_with_seeds) : kNan;
  statistics.sd_draws = statistic_of(of_draws).sd;
  return statistics;
}

std::vector<RowTest> test_rows(const ComparedSection& section, std::size_t column,
                               const std::string& reference, std::size_t metric) {
  std::vector<RowTest> tests(section.rows.size(), RowTest{.p = kNan, .p_holm = kNan});
  const auto found = std::find_if(section.rows.begin(), section.rows.end(),
                                  [&](const ComparedRow& row) { return row.name == reference; });
  if (found == section.rows.end() || !found->cells[column].has_scores()) return tests;
  const CaseValues expected = case_values(found->cells[column], metric, -1);
  std::vector<double> p;
  for (std::size_t r = 0; r < section.rows.size(); ++r) {
    const ComparedRow& row = section.rows[r];
    if (&row != &*found && row.cells[column].has_scores()) {
      std::vector<double> x, y;
      for (const auto& [id, value] : case_values(row.cells[column], metric, -1)) {
        if (expected.count(id) == 0) continue;
        x.push_back(value);
        y.push_back(expected.at(id));
      }
      tests[r].test = wilcoxon_signed_rank(x, y);
      tests[r].p = tests[r].test.p;
    }
    p.push_back(tests[r].p);
  }
  const std::vector<double> corrected = holm_corrected(p);
  for (std::size_t r = 0; r < tests.size(); ++r) tests[r].p_holm = corrected[r];
  return tests;
}

std::size_t metric_index(const std::string& key) {
  for (std::size_t m = 0; m < metrics().size(); ++m) {
    if (metrics()[m].key == key) return m;
  }
  check(false, "a metric of this key");
  return 0;
}

}  // namespace medcl
