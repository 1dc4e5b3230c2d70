// SPDX-License-Identifier: Apache-2.0
#include "medcl/experiment/figures.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "medcl/report/gallery.h"
#include "medcl/report/html.h"
#include "medcl/report/score_tables.h"
#include "medcl/report/svg_plot.h"
#include "medcl/report/table.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMethodsAbreast = 4;

const ComparedRow* guiding_row(const Experiment& experiment, const ComparedSection& section) {
  const ComparedRow* first = nullptr;
  for (const ComparedRow& row : section.rows) {
    if (!row.cells.front().has_scores()) continue;
    if (row.name == experiment.report.reference) return &row;
    if (first == nullptr) first = &row;
  }
  return first;
}

fs::path label_file(const fs::path& folder, const RunResult& run, const std::string& prediction,
                    const CaseResult& one) {
  return predictions_place(run_place(folder, run.id), prediction) / one.prediction_file.filename();
}

const CaseResult* find_case(const Summary& summary, const std::string& id) {
  for (const CaseResult& one : summary.cases) {
    if (one.id == id) return &one;
  }
  return nullptr;
}

/// The columns of one picture: reference labels and the predictions of some rows.
std::vector<GalleryColumn> columns_of(const ComparedSection& section, const Case& one,
                                      const fs::path& folder) {
  std::vector<GalleryColumn> columns;
  for (const ComparedRow& row : section.rows) {
    const ComparedCell& cell = row.cells.front();
    if (!cell.has_scores()) continue;
    const CaseResult* scored = find_case(cell.summary(0), one.id);
    if (scored == nullptr) continue;
    columns.push_back({row.title + ": Dice " + number_text(mean_dice(*scored), 2),
                       label_file(folder, *cell.runs.front(), cell.prediction, *scored)});
  }
  return columns;
}

std::string panels_of_case(const ComparedSection& section, const Dataset& dataset, const Case& one,
                           const fs::path& folder) {
  const std::vector<GalleryColumn> all = columns_of(section, one, folder);
  std::string html;
  for (std::size_t begin = 0; begin < all.size(); begin += kMethodsAbreast) {
    std::vector<GalleryColumn> columns{{"reference", *one.labels}};
    const auto from = all.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto left = static_cast<std::ptrdiff_t>(std::min(kMethodsAbreast, all.size() - begin));
    columns.insert(columns.end(), from, from + left);
    html += case_gallery(one, dataset, columns);
  }
  return html;
}

/// The validations of each run; thin where there are several.
std::vector<Series> courses_of(const std::string& title, const ComparedCell& cell) {
  std::vector<Series> all;
  for (const RunResult* run : cell.runs) {
    if (run->course.empty()) continue;
    Series series{.name = title};
    for (const auto& [minutes, dice] : run->course) {
      series.x.push_back(minutes);
      series.y.push_back(dice);
    }
    all.push_back(std::move(series));
  }
  for (Series& one : all) {
    one.thin = all.size() > 1;
    one.markers = all.size() == 1;
  }
  return all;
}

/// Between two points on the straight line, for x within the series.
double value_at(const Series& series, double x) {
  const auto above = std::ranges::lower_bound(series.x, x);
  const auto n = static_cast<std::size_t>(above - series.x.begin());
  if (n == 0 || *above == x) return series.y[n];
  const double share = (x - series.x[n - 1]) / (series.x[n] - series.x[n - 1]);
  return series.y[n - 1] + share * (series.y[n] - series.y[n - 1]);
}

/// The mean of the runs, at the validations of all of them, as long as all were at work.
Series mean_course(const std::vector<Series>& runs) {
  double begin = 0, end = std::numeric_limits<double>::infinity();
  std::set<double> places;
  for (const Series& one : runs) {
    begin = std::max(begin, one.x.front());
    end = std::min(end, one.x.back());
    places.insert(one.x.begin(), one.x.end());
  }
  Series mean{.name = runs.front().name};
  for (const double x : places) {
    if (x < begin || x > end) continue;
    double sum = 0;
    for (const Series& one : runs) sum += value_at(one, x);
    mean.x.push_back(x);
    mean.y.push_back(sum / static_cast<double>(runs.size()));
  }
  return mean;
}

}  // namespace

std::string learning_curves(const ComparedSection& section) {
  std::vector<Series> all;
  for (const ComparedRow& row : section.rows) {
    const ComparedCell& cell = row.cells.front();
    if (!cell.has_scores()) continue;
    const std::vector<Series> runs = courses_of(row.title, cell);
    all.insert(all.end(), runs.begin(), runs.end());
    if (runs.size() > 1) all.push_back(mean_course(runs));
  }
  if (all.empty()) return "";
  return svg_plot(all, {.title = "Validation Dice: " + section.title,
                        .x_label = "minutes of training",
                        .y_label = "mean Dice",
                        .y_minimum = 0.0,
                        .y_maximum = 1.0});
}

std::string across_figure(const Experiment& experiment, const ComparedSection& section) {
  if (std::none_of(section.x.begin(), section.x.end(), [](double x) { return std::isfinite(x); })) {
    return "";
  }
  std::vector<Series> all;
  for (const ComparedRow& row : section.rows) {
    Series series{.name = row.title, .markers = true};
    for (std::size_t k = 0; k < row.cells.size(); ++k) {
      if (!row.cells[k].has_scores() || !std::isfinite(section.x[k])) continue;
      series.x.push_back(section.x[k]);
      series.y.push_back(statistics_of(row.cells[k], metric_index("Dice"), -1).over_cases.mean);
    }
    if (!series.x.empty()) all.push_back(std::move(series));
  }
  if (all.empty()) return "";
  const bool scribbles = experiment.report.across == "scribbles";
  return svg_plot(all, {.title = "Dice: " + section.title,
                        .x_label = scribbles ? "scribbled cases" : "prediction",
                        .y_label = "mean Dice",
                        .y_minimum = 0.0,
                        .y_maximum = 1.0});
}

std::string case_panels(const Experiment& experiment, const ComparedSection& section,
                        const Dataset& dataset, const fs::path& folder) {
  const ComparedRow* guide = guiding_row(experiment, section);
  if (guide == nullptr) return "";
  const Summary& summary = guide->cells.front().summary(0);
  const std::vector<std::size_t> order = order_by_dice(summary);
  std::string html = class_key(dataset.labels, false);
  for (const auto& [place, what] :
       {std::pair{order.size() / 2, "median case"}, std::pair{std::size_t{0}, "worst case"}}) {
    const CaseResult& scored = summary.cases[order[place]];
    const Case* one = dataset.find(scored.id);
    if (one == nullptr || !one->labels) continue;
    html += "<h3>" + escape_html(what + (" of " + guide->title) + ": " + scored.id) + "</h3>\n";
    html += panels_of_case(section, dataset, *one, folder);
  }
  return html;
}

std::string scribble_panel(const ComparedSection& section, const Dataset& dataset) {
  for (const ComparedRow& row : section.rows) {
    const ComparedCell& cell = row.cells.front();
    if (!cell.has_scores()) continue;
    std::string id;
    if (!cell.runs.front()->scribbled.empty()) id = cell.runs.front()->scribbled.front();
    for (const Case& one : dataset.cases) {
      if (!one.labels || (!id.empty() && one.id != id)) continue;
      return class_key(dataset.labels, true) +
             case_gallery(one, dataset, {{"scribbles of " + one.id, *one.labels, true}});
    }
  }
  return "";
}

}  // namespace medcl
