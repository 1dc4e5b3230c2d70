// SPDX-License-Identifier: Apache-2.0
#include "medcl/experiment/rows.h"

#include <algorithm>
#include <set>

#include "medcl/core/error.h"
#include "medcl/core/names.h"

namespace medcl {
namespace {

void take_names(TableRow& row, const std::string& name, const std::string& title) {
  row.name += (row.name.empty() ? "" : "/") + name;
  row.title += (row.title.empty() ? "" : ", ") + title;
}

TableRow row_of(const Experiment& e, TableRow row) {
  const bool many_choices = e.report.across != "switch" && e.switches.size() > 1;
  const bool many_predictions = e.report.across != "prediction" && e.predictions.size() > 1;
  if (e.methods.size() > 1 || (!many_choices && !many_predictions)) {
    take_names(row, row.method, title_of(e.method, row.method));
  }
  if (many_choices) take_names(row, row.choice, title_of(e.choice, row.choice));
  if (many_predictions) take_names(row, row.prediction, title_of(e.prediction, row.prediction));
  return row;
}

/// The names of columns that can be published; empty where they are not known.
std::vector<std::string> columns_of(const Experiment& e, const std::vector<std::string>& classes) {
  if (e.report.across == "switch") return e.switches;
  if (e.report.across == "prediction") return e.predictions;
  std::vector<std::string> names;
  if (e.report.across == "scribbles") {
    for (const std::int64_t count : e.scribbles) names.push_back(std::to_string(count));
  } else if (!classes.empty()) {
    names = classes;
    names.emplace_back("mean");
  }
  return names;
}

void require_name(const std::string& name, const std::vector<std::string>& names,
                  const std::string& what, const std::string& where, const std::string& remedy) {
  if (std::ranges::find(names, name) != names.end()) return;
  const std::string meant = did_you_mean(name, names);
  fail(ErrorCode::kUsage, {.what = what,
                           .where = where,
                           .expected = join_names({names.begin(), names.end()}),
                           .found = name,
                           .remedy = meant.empty() ? remedy : meant});
}

void require_fraction(double value, const std::string& where) {
  if (value >= 0 && value <= 1) return;
  const std::string text = std::to_string(value);
  fail(ErrorCode::kUsage, {.what = "a published Dice that is none",
                           .where = where,
                           .expected = "a fraction from 0 to 1",
                           .found = text.substr(0, text.find('.') + 3),
                           .remedy = "of percent, take the hundredth part: 0.832 for 83.2"});
}

}  // namespace

std::vector<TableRow> rows_of(const Experiment& e) {
  const std::vector<std::string> one{""};
  std::vector<TableRow> rows;
  for (const std::string& method : e.methods) {
    for (const std::string& choice : e.report.across == "switch" ? one : e.switches) {
      for (const std::string& prediction : e.report.across == "prediction" ? one : e.predictions) {
        rows.push_back(row_of(e, {.method = method, .choice = choice, .prediction = prediction}));
      }
    }
  }
  return rows;
}

void require_known_rows(const Experiment& e, const std::string& file,
                        const std::vector<std::string>& classes) {
  std::vector<std::string> names;
  for (const TableRow& row : rows_of(e)) names.push_back(row.name);
  if (!e.report.reference.empty()) {
    require_name(e.report.reference, names, "no row of this name", file + ": report.reference",
                 "name one of them, or put it among what [grid] lists");
  }
  const std::vector<std::string> columns = columns_of(e, classes);
  for (const auto& [name, row] : e.published) {
    const std::string where = file + ": published." + name;
    require_name(name, names, "no row of this name", where,
                 "remove it, or put it among what [grid] lists");
    for (const auto& [column, value] : row.values) {
      require_fraction(value, where + "." + column);
      if (columns.empty()) continue;
      require_name(column, columns, "no column of this name", where + "." + column,
                   "name one of them");
    }
  }
}

}  // namespace medcl
