// SPDX-License-Identifier: Apache-2.0
#include "medcl/experiment/numbers.h"

#include <cmath>
#include <limits>

namespace medcl {
namespace {

std::string number(double value) { return std::isfinite(value) ? number_text(value, 6) : ""; }

/// Where one number stands.
struct Place {
  const ComparedSection& section;
  std::size_t row, column, metric;
  std::int64_t c;  ///< -1: the mean over classes

  [[nodiscard]] std::string class_name() const {
    return c < 0 ? "mean" : section.labels.classes[static_cast<std::size_t>(c + 1)].name;
  }
};

double published_at(const Experiment& experiment, const Place& place) {
  const bool across = !experiment.report.across.empty();
  if (place.metric != metric_index("Dice") || (across && place.c >= 0)) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  return published_number(experiment, place.section.rows[place.row].name,
                          across ? published_column(experiment, place.column) : place.class_name());
}

std::vector<std::string> cells_of(const Experiment& experiment, const Place& place,
                                  const RowTest& test) {
  const ComparedRow& row = place.section.rows[place.row];
  const ComparedCell& cell = row.cells[place.column];
  const CellStatistics one = statistics_of(cell, place.metric, place.c);
  const bool tested = place.c < 0;
  return {place.section.dataset,
          place.section.title,
          row.name,
          place.section.columns[place.column],
          place.class_name(),
          metrics()[place.metric].key,
          std::to_string(cell.runs.size()),
          std::to_string(cell.planned),
          std::to_string(one.over_cases.count),
          number(one.over_cases.mean),
          number(one.over_cases.sd),
          number(one.interval.low),
          number(one.interval.high),
          number(one.sd_seeds),
          number(one.sd_draws),
          tested ? number(test.p) : "",
          tested ? number(test.p_holm) : "",
          number(published_at(experiment, place)),
          cell.runs.front()->data};
}

}  // namespace

Table number_table(const Experiment& experiment, const std::vector<ComparedSection>& sections) {
  Table table{
      "",
      {"dataset", "section", "row", "column", "class", "metric", "runs", "planned_runs", "cases",
       "mean", "sd", "low95", "high95", "sd_seeds", "sd_draws", "p", "p_holm", "published", "data"},
      {},
      6};
  for (const ComparedSection& section : sections) {
    for (std::size_t k = 0; k < section.columns.size(); ++k) {
      for (std::size_t m = 0; m < metrics().size(); ++m) {
        const auto tests = test_rows(section, k, experiment.report.reference, m);
        for (std::size_t r = 0; r < section.rows.size(); ++r) {
          if (!section.rows[r].cells[k].has_scores()) continue;
          for (std::int64_t c = -1; c < section.labels.foreground_count(); ++c) {
            table.rows.push_back(cells_of(experiment, {section, r, k, m, c}, tests[r]));
          }
        }
      }
    }
  }
  return table;
}

}  // namespace medcl
