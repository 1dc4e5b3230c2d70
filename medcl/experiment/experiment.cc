// SPDX-License-Identifier: Apache-2.0
#include "medcl/experiment/experiment.h"

#include <algorithm>
#include <set>

#include "medcl/core/error.h"
#include "medcl/core/file_system.h"
#include "medcl/experiment/rows.h"
#include "medcl/format/toml.h"

namespace medcl {
namespace {

[[noreturn]] void refuse(const std::string& what, const std::string& where,
                         const std::string& expected, const std::string& found) {
  fail(ErrorCode::kUsage,
       {.what = what, .where = where, .expected = expected, .found = found, .remedy = ""});
}

/// The names of a TOML text: of its values, and of its tables.
struct Names {
  std::vector<std::string> keys, tables;

  /// The NAMEs of the sections [kind.NAME].
  [[nodiscard]] std::set<std::string> sections(const std::string& kind) const {
    std::set<std::string> names;
    for (const std::string& table : tables) {
      if (!table.starts_with(kind + ".")) continue;
      const std::string rest = table.substr(kind.size() + 1);
      names.insert(rest.substr(0, rest.find('.')));
    }
    return names;
  }
};

void describe_grid(Experiment& e, OptionTable table) {
  table.add("title", e.title, "what is shown above every table");
  table.add("about", e.about, "what the experiment is for, a sentence or more");
  OptionTable grid = table.scope("grid");
  grid.add("datasets", e.datasets, "names of [dataset.*]");
  grid.add("methods", e.methods, "names of methods, or of [method.*] with method.name set");
  grid.add("scribbles", e.scribbles, "numbers of scribbled cases; 0: all", 0, 1e6);
  grid.add("draws", e.draws, "numbers of random choices of the scribbled cases", 0, 1e6);
  grid.add("seeds", e.seeds, "seeds of the runs", 0, 1e9);
  grid.add("switches", e.switches, "names of [switch.*]");
  grid.add("predictions", e.predictions, "names of [prediction.*]");
}

void describe_runs(Experiment& e, OptionTable table) {
  OptionTable run = table.scope("run");
  run.add("preset", e.preset, "preset of medcl train");
  run.add("set", e.set, "settings of all runs");
  run.add("steps", e.steps, "budget of each run in steps", 0, 1e9);
  run.add("minutes", e.minutes, "budget of each run in minutes", 0, 1e6);
  run.add("evaluate", e.evaluate, "cases that are scored", {"validation", "test"});
  e.evaluation.describe(table.scope("evaluate"));
  OptionTable report = table.scope("report");
  report.add("reference", e.report.reference, "row that the others are tested against");
  report.add("across", e.report.across, "what has one column each",
             {"", "scribbles", "switch", "prediction"});
  report.add("published_from", e.report.published_from, "where the published numbers stand");
  report.add("panels", e.report.panels, "pictures of the median and the worst case");
  report.add("scribbles", e.report.scribbles, "pictures of a scribbled case");
}

void describe_choice(GridChoice& choice, OptionTable table) {
  table.add("title", choice.title, "how tables call it");
  table.add("preset", choice.preset, "preset instead of that of [run]");
  table.add("set", choice.set, "settings over those of [run]");
}

void describe_sections(Experiment& e, const Names& names, OptionTable& table) {
  for (const std::string& name : names.sections("dataset")) {
    OptionTable scope = table.scope("dataset." + name);
    scope.add("title", e.dataset[name].title, "how tables call it");
    scope.add("folder", e.dataset[name].folder, "folder of the dataset; empty: a phantom");
    e.dataset[name].phantom.describe(scope);
  }
  for (const std::string& name : names.sections("method")) {
    describe_choice(e.method[name], table.scope("method." + name));
  }
  for (const std::string& name : names.sections("switch")) {
    describe_choice(e.choice[name], table.scope("switch." + name));
  }
  for (const std::string& name : names.sections("prediction")) {
    OptionTable scope = table.scope("prediction." + name);
    scope.add("title", e.prediction[name].title, "how tables call it");
    scope.add("flags", e.prediction[name].flags, "flags of medcl predict");
    scope.add("x", e.prediction[name].x, "its place in a figure", -1e9, 1e9);
  }
}

void describe_published(Experiment& e, const Names& names, OptionTable& table) {
  for (const std::string& name : names.sections("published")) {
    const std::string prefix = "published." + name + ".";
    PublishedRow& row = e.published[name];
    table.scope("published." + name).add("conditions", row.conditions, "how it was measured");
    for (const std::string& key : names.keys) {
      if (!key.starts_with(prefix) || key == prefix + "conditions") continue;
      const std::string column = key.substr(prefix.size());
      table.add(key, row.values[column], "a published number", -1e9, 1e9);
    }
  }
}

template <typename Thing>
void settle_names(std::vector<std::string>& names, const std::map<std::string, Thing>& sections,
                  const std::string& kind, const std::string& file) {
  if (names.empty()) {
    for (const auto& [name, thing] : sections) names.push_back(name);
  }
  for (const std::string& name : names) {
    if (sections.count(name) == 0) {
      refuse("no section of this name", file + ": grid", "[" + kind + "." + name + "]", "none");
    }
  }
}

void require_plain_names(const std::vector<std::string>& names, const std::string& file) {
  std::set<std::string> seen;
  for (const std::string& name : names) {
    constexpr const char* kPlain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    if (name.empty() || name.find_first_not_of(kPlain) != std::string::npos) {
      refuse("a name that is part of names of files", file + ": grid",
             "letters, digits, '_' and '-'", "'" + name + "'");
    }
    if (!seen.insert(name).second) refuse("named twice", file + ": grid", "one of each", name);
  }
}

void settle(Experiment& e, const std::string& file) {
  settle_names(e.datasets, e.dataset, "dataset", file);
  settle_names(e.switches, e.choice, "switch", file);
  settle_names(e.predictions, e.prediction, "prediction", file);
  for (const auto* names : {&e.datasets, &e.methods, &e.switches, &e.predictions}) {
    require_plain_names(*names, file);
  }
  if (e.datasets.empty() || e.methods.empty() || e.scribbles.empty() || e.draws.empty() ||
      e.seeds.empty()) {
    refuse("an experiment without runs", file,
           "a [dataset.NAME], and in [grid] at least one of methods, scribbles, draws and seeds",
           "an empty list");
  }
  if ((e.steps == 0) == (e.minutes == 0)) {
    refuse("every run needs the same budget", file + ": run", "either steps or minutes",
           e.steps == 0 ? "neither" : "both");
  }
  if (e.preset.empty()) {
    refuse("no options to start from", file + ": run",
           "a preset; a plan would differ from run to run", "none");
  }
  if (e.switches.empty()) e.switches = {""};
  if (e.predictions.empty()) e.predictions = {""};
  require_known_rows(e, file);
}

}  // namespace

Experiment parse_experiment(std::string_view text, const std::string& name) {
  Experiment experiment;
  OptionTable table;
  describe_grid(experiment, table);
  describe_runs(experiment, table);
  const Names names{names_in_toml(text, name), tables_in_toml(text, name)};
  describe_sections(experiment, names, table);
  describe_published(experiment, names, table);
  apply_toml(table, text, name);
  settle(experiment, name);
  experiment.file = name;
  return experiment;
}

Experiment read_experiment(const std::filesystem::path& file) {
  const std::vector<std::uint8_t> bytes = read_file(file);
  return parse_experiment({reinterpret_cast<const char*>(bytes.data()), bytes.size()},
                          file.string());
}

double published_number(const Experiment& experiment, const std::string& row,
                        const std::string& column) {
  const auto found = experiment.published.find(row);
  if (found == experiment.published.end()) return std::numeric_limits<double>::quiet_NaN();
  const auto value = found->second.values.find(column);
  return value == found->second.values.end() ? std::numeric_limits<double>::quiet_NaN()
                                             : value->second;
}

std::string published_column(const Experiment& experiment, std::size_t n) {
  const std::string& across = experiment.report.across;
  if (across == "scribbles") return std::to_string(experiment.scribbles[n]);
  if (across == "switch") return experiment.switches[n];
  return experiment.predictions[n];
}

}  // namespace medcl
