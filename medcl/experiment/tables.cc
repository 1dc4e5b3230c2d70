// SPDX-License-Identifier: Apache-2.0
#include "medcl/experiment/tables.h"

#include <algorithm>
#include <cmath>

#include "medcl/core/counted.h"
#include "medcl/format/toml.h"

namespace medcl {
namespace {

constexpr const char* kMean = "mean";

int digits_of(std::size_t metric) { return has_unit(metrics()[metric]) ? 1 : 3; }

std::string interval_text(const Interval& interval, int digits) {
  if (!std::isfinite(interval.low)) return "-";
  return number_text(interval.low, digits) + " to " + number_text(interval.high, digits);
}

std::string p_text(double p) {
  if (!std::isfinite(p)) return "-";
  return p < 0.0001 ? "< 0.0001" : number_text(p, 4);
}

std::string cell_text(const ComparedCell& cell, std::size_t metric, std::int64_t c) {
  if (!cell.has_scores()) return cell.failures.empty() ? "-" : "failed";
  const Statistic one = statistics_of(cell, metric, c).over_cases;
  return mean_sd_text(one.mean, one.sd, digits_of(metric));
}

bool publishes(const Experiment& experiment, const ComparedSection& section,
               const std::string& key) {
  return std::any_of(section.rows.begin(), section.rows.end(), [&](const ComparedRow& row) {
    return std::isfinite(published_number(experiment, row.name, key));
  });
}

Table class_score_table(const Experiment& experiment, const ComparedSection& section,
                        std::size_t metric) {
  const std::string title = title_of(metrics()[metric], section.units);
  const bool dice = std::string(metrics()[metric].key) == "Dice";
  const bool published = dice && publishes(experiment, section, kMean);
  Table table{title + ", mean ± sd over cases: " + section.title, {"method"}, {}, 1};
  for (std::size_t c = 1; c < section.labels.classes.size(); ++c) {
    table.header.push_back(section.labels.classes[c].name);
  }
  table.header.insert(table.header.end(), {kMean, "95 % of the mean", "p (Holm)"});
  if (published) table.header.emplace_back("published mean");
  const auto tests = test_rows(section, 0, experiment.report.reference, metric);
  for (std::size_t r = 0; r < section.rows.size(); ++r) {
    const ComparedCell& cell = section.rows[r].cells[0];
    std::vector<std::string> cells{section.rows[r].title};
    for (std::int64_t c = 0; c < section.labels.foreground_count(); ++c) {
      cells.push_back(cell_text(cell, metric, c));
    }
    cells.push_back(cell_text(cell, metric, -1));
    cells.push_back(interval_text(statistics_of(cell, metric, -1).interval, digits_of(metric)));
    const bool reference = section.rows[r].name == experiment.report.reference;
    cells.push_back(reference && cell.has_scores() ? "reference" : p_text(tests[r].p_holm));
    if (published) {
      cells.push_back(number_text(published_number(experiment, section.rows[r].name, kMean), 3));
    }
    table.rows.push_back(std::move(cells));
  }
  return table;
}

Table across_score_table(const ComparedSection& section, std::size_t metric) {
  const std::string title = title_of(metrics()[metric], section.units);
  Table table{title + ", mean over classes ± sd over cases: " + section.title, {"method"}, {}, 1};
  table.header.insert(table.header.end(), section.columns.begin(), section.columns.end());
  for (const ComparedRow& row : section.rows) {
    std::vector<std::string> cells{row.title};
    for (const ComparedCell& cell : row.cells) cells.push_back(cell_text(cell, metric, -1));
    table.rows.push_back(std::move(cells));
  }
  return table;
}

void add_published(const Experiment& experiment, const ComparedRow& row, std::size_t column,
                   std::int64_t c, const std::string& key, const std::string& what, Table& table) {
  const double published = published_number(experiment, row.name, key);
  if (!std::isfinite(published)) return;
  const ComparedCell& cell = row.cells[column];
  const CellStatistics ours = statistics_of(cell, metric_index("Dice"), c);
  table.rows.push_back({row.title, what, experiment.published.at(row.name).conditions,
                        number_text(published, 3), cell_text(cell, metric_index("Dice"), c),
                        interval_text(ours.interval, 3)});
}

std::string value_or(const std::map<std::string, std::string>& values, const std::string& key) {
  const auto found = values.find(key);
  return found == values.end() ? "-" : found->second;
}

std::string joined_rules(const ComparedCell& cell) {
  std::vector<std::string> rules;
  for (const RunResult* run : cell.runs) {
    const std::string& rule = run->scores.at(cell.prediction).postprocessing;
    if (std::find(rules.begin(), rules.end(), rule) == rules.end()) rules.push_back(rule);
  }
  std::string text;
  for (const std::string& rule : rules) text += (text.empty() ? "" : "; ") + rule;
  return text;
}

std::size_t fewest_cases(const ComparedSection& section) {
  std::size_t cases = 0;
  for (const ComparedRow& row : section.rows) {
    for (const ComparedCell& cell : row.cells) {
      if (!cell.has_scores()) continue;
      const std::size_t here = cell.summary(0).cases.size();
      cases = cases == 0 ? here : std::min(cases, here);
    }
  }
  return cases;
}

}  // namespace

Table score_table(const Experiment& experiment, const ComparedSection& section,
                  const std::string& key) {
  const std::size_t metric = metric_index(key);
  return experiment.report.across.empty() ? class_score_table(experiment, section, metric)
                                          : across_score_table(section, metric);
}

Table published_table(const Experiment& experiment, const ComparedSection& section) {
  Table table{"Published Dice" +
                  (experiment.report.published_from.empty()
                       ? std::string()
                       : " (" + experiment.report.published_from + ")") +
                  " beside ours: " + section.title,
              {"method", "of", "published under", "published", "ours", "95 % of the mean"},
              {},
              3};
  for (const ComparedRow& row : section.rows) {
    if (!experiment.report.across.empty()) {
      for (std::size_t k = 0; k < section.columns.size(); ++k) {
        add_published(experiment, row, k, -1, published_column(experiment, k), section.columns[k],
                      table);
      }
      continue;
    }
    for (std::int64_t c = 0; c < section.labels.foreground_count(); ++c) {
      const std::string& name = section.labels.classes[static_cast<std::size_t>(c + 1)].name;
      add_published(experiment, row, 0, c, name, name, table);
    }
    add_published(experiment, row, 0, -1, kMean, kMean, table);
  }
  return table;
}

Table spread_table(const ComparedSection& section) {
  Table table{"Spread of the mean Dice over runs: " + section.title,
              {"method", "", "runs", "sd between seeds", "sd between draws", "lowest", "highest"},
              {},
              2};
  for (const ComparedRow& row : section.rows) {
    for (std::size_t k = 0; k < row.cells.size(); ++k) {
      const ComparedCell& cell = row.cells[k];
      if (cell.runs.size() < 2) continue;
      const CellStatistics one = statistics_of(cell, metric_index("Dice"), -1);
      double low = 1, high = 0;
      for (const RunResult* run : cell.runs) {
        const ComparedCell alone{.prediction = cell.prediction, .runs = {run}};
        const double mean = statistics_of(alone, metric_index("Dice"), -1).over_cases.mean;
        low = std::min(low, mean);
        high = std::max(high, mean);
      }
      table.rows.push_back({row.title, section.columns[k], std::to_string(cell.runs.size()),
                            number_text(one.sd_seeds, 3), number_text(one.sd_draws, 3),
                            number_text(low, 3), number_text(high, 3)});
    }
  }
  return table;
}

Table conditions_table(const ComparedSection& section) {
  Table table{"Conditions of our numbers: " + section.title,
              {"method", "network", "crop px", "pixel mm", "beyond a crop", "background beyond mm",
               "largest component", "batch", "steps", "minutes"},
              {},
              7};
  for (const ComparedRow& row : section.rows) {
    const auto cell = std::find_if(row.cells.begin(), row.cells.end(),
                                   [](const ComparedCell& one) { return one.has_scores(); });
    if (cell == row.cells.end()) continue;
    const RunResult& run = *cell->runs.front();
    const auto values = values_in_toml(run.config, "config.toml of " + run.id);
    const std::string spacing = value_or(values, "prepare.spacing_mm");
    const std::string reach = value_or(values, "prepare.reach_mm");
    table.rows.push_back(
        {row.title, value_or(values, "network.name") + " " + value_or(values, "network.width"),
         value_or(values, "crop.size"), spacing == "0.0" ? "as stored" : spacing,
         value_or(values, "crop.border"), reach == "0.0" ? "no such rule" : reach,
         joined_rules(*cell), value_or(values, "sampler.batch"), std::to_string(run.steps),
         number_text(run.train_seconds / 60, 1)});
  }
  return table;
}

Table gaps_table(const std::vector<ComparedSection>& sections) {
  Table table{"Runs without a result", {"of", "method", "", "runs", "why"}, {}, 5};
  for (const ComparedSection& section : sections) {
    for (const ComparedRow& row : section.rows) {
      for (std::size_t k = 0; k < row.cells.size(); ++k) {
        const ComparedCell& cell = row.cells[k];
        if (cell.runs.size() == cell.planned) continue;
        std::string why;
        for (const std::string& one : cell.failures) why += (why.empty() ? "" : "; ") + one;
        table.rows.push_back({section.title, row.title, section.columns[k],
                              std::to_string(cell.planned - cell.runs.size()) + " of " +
                                  std::to_string(cell.planned),
                              why.empty() ? "not run yet" : why});
      }
    }
  }
  return table;
}

std::string reading_text(const Experiment& experiment, const ComparedSection& section) {
  const std::size_t cases = fewest_cases(section);
  if (cases == 0) return "No run of this section is done yet.";
  const bool test = experiment.evaluate == "test";
  std::string text = counted(cases, test ? "test case" : "validation case") +
                     (test ? ", which no run has seen. "
                           : ", whose Dice also chose the weights and the component rule of each "
                             "run: these numbers flatter all methods alike. ");
  text += "Scores are of whole volumes on the grid of the images, lengths in " +
          section.units.length() + "; an empty mask: " +
          (experiment.evaluation.empty_policy() == EmptyPolicy::kNan
               ? "its distances are left out"
               : "Dice 0 and distances of the diagonal of the volume, both empty Dice 1") +
          ". ± is the standard deviation (n - 1) over cases of the mean over runs; the interval of "
          "the mean is a bootstrap over cases (10000 resamples, seed 1).";
  const auto reference =
      std::find_if(section.rows.begin(), section.rows.end(),
                   [&](const ComparedRow& row) { return row.name == experiment.report.reference; });
  if (reference != section.rows.end()) {
    text += " p: Wilcoxon's signed-rank test over cases against " + reference->title +
            ", two-sided, exact, corrected by Holm over the rows; of " + counted(cases, "case") +
            " no p below " +
            number_text(smallest_signed_rank_p(static_cast<std::int64_t>(cases)), 4) +
            " can come, before the correction.";
  }
  return text;
}

}  // namespace medcl
