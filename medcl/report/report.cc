// SPDX-License-Identifier: Apache-2.0
#include "medcl/report/report.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "medcl/core/error.h"
#include "medcl/core/file_system.h"
#include "medcl/dataset/dataset.h"
#include "medcl/evaluation/summary_json.h"
#include "medcl/format/json.h"
#include "medcl/report/gallery.h"
#include "medcl/report/history.h"
#include "medcl/report/html.h"
#include "medcl/report/score_tables.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kTrainingExamples = 3;

struct Sources {
  Dataset dataset;
  Summary summary;
  std::vector<NamedSummary> runs;                            ///< this run first
  Json model = Json::object(), prediction = Json::object();  ///< empty when absent
  std::string method = "this run";
};

Json json_or_empty(const fs::path& path) {
  return fs::exists(path) ? read_json(path) : Json::object();
}

Sources load_sources(const ReportInputs& inputs) {
  Sources sources;
  sources.dataset = read_dataset(inputs.dataset);
  sources.summary = read_summary(inputs.evaluation);
  if (sources.summary.cases.empty()) {
    fail(ErrorCode::kInvalidData,
         {"no case was evaluated", inputs.evaluation.string(), "", "", ""});
  }
  if (!fs::is_directory(inputs.run)) {
    fail(ErrorCode::kIo, {"no such run folder", inputs.run.string(), "", "", ""});
  }
  sources.model = json_or_empty(inputs.run / "best" / "model.json");
  if (inputs.predictions)
    sources.prediction = json_or_empty(*inputs.predictions / "prediction.json");
  sources.method = sources.model.value("method", sources.method);
  sources.runs.push_back({sources.method, sources.summary});
  for (const auto& [name, path] : inputs.comparisons) {
    sources.runs.push_back({name, read_summary(path)});
  }
  return sources;
}

const Case& case_of(const Dataset& dataset, const std::string& id) {
  const Case* one = dataset.find(id);
  if (one == nullptr) {
    fail(ErrorCode::kInvalidData,
         {"the dataset has no such case", "case " + id, "a case of " + dataset.root.string(), "",
          "give the dataset that was predicted"});
  }
  return *one;
}

std::set<std::string> validation_ids(const Dataset& dataset) {
  if (dataset.splits.empty()) return {};
  const std::vector<std::string>& ids = dataset.splits.front().validation;
  return {ids.begin(), ids.end()};
}

bool is_in(const std::vector<Case>& cases, const std::string& id) {
  return std::any_of(cases.begin(), cases.end(), [&](const Case& one) { return one.id == id; });
}

/// "5 unseen test cases", "2 validation cases (their scores chose the model)" ...
std::string cases_text(const Sources& sources) {
  const std::set<std::string> validation = validation_ids(sources.dataset);
  std::size_t chosen = 0, training = 0, test = 0;
  for (const CaseResult& one : sources.summary.cases) {
    if (!is_in(sources.dataset.cases, one.id)) {
      ++test;
    } else {
      ++(validation.count(one.id) > 0 ? chosen : training);
    }
  }
  std::string text;
  const auto add = [&](std::size_t count, const std::string& name, const std::string& note) {
    if (count == 0) return;
    if (!text.empty()) text += " and ";
    text += std::to_string(count) + " " + name + (count == 1 ? " case" : " cases") + note;
  };
  add(test, "unseen test", "");
  add(chosen, "validation", " (their scores chose the model)");
  add(training, "training", " (the model has seen them)");
  return text;
}

/// Cases with labels that are not for validation, sorted by id.
std::vector<const Case*> scribbled_cases(const Sources& sources) {
  const std::set<std::string> held_out = validation_ids(sources.dataset);
  std::vector<const Case*> scribbled;
  for (const Case& one : sources.dataset.cases) {
    if (one.labels && held_out.count(one.id) == 0) scribbled.push_back(&one);
  }
  return scribbled;
}

void add_headline(HtmlPage& page, const Sources& sources) {
  const Summary& summary = sources.summary;
  page.raw("<div class=\"scores\">" + score_cards(summary) + "</div>\n");
  page.paragraph(
      "Dice in 3-D on the native grid, mean ± standard deviation over " + cases_text(sources) +
      ". Post-processing: " + sources.prediction.value("postprocessing", "not recorded") + ". " +
      empty_policy_text(summary));
  page.raw(
      "<p class=\"notice\">This is research software, not a medical device: nothing on this "
      "page may be used to diagnose or treat a patient.</p>\n");
}

void add_comparison(HtmlPage& page, const Sources& sources) {
  if (sources.runs.size() < 2) return;
  page.heading("Comparison", "comparison");
  page.paragraph(
      "The same cases, scored in the same way. The last column is the mean over the "
      "cases of (this method's mean Dice - the first method's).");
  page.table(comparison_table(sources.runs));
}

std::vector<GalleryColumn> columns_for(const Sources& sources, const CaseResult& result) {
  const Case& one = case_of(sources.dataset, result.id);
  const bool training = is_in(sources.dataset.cases, one.id);
  std::vector<GalleryColumn> columns;
  columns.push_back({"reference", result.reference_file, "", false});
  columns.push_back({"prediction: " + sources.method, result.prediction_file, "", false});
  for (std::size_t r = 1; r < sources.runs.size(); ++r) {
    for (const CaseResult& other : sources.runs[r].summary.cases) {
      if (other.id == result.id && fs::exists(other.prediction_file)) {
        columns.push_back(
            {"prediction: " + sources.runs[r].name, other.prediction_file, "", false});
      }
    }
  }
  const bool scribbled =
      training && one.labels && annotated_share(*one.labels, sources.dataset.labels) < 0.5;
  GalleryColumn scribble{"scribble", std::nullopt, "none: unseen case", true};
  if (scribbled) scribble.labels = one.labels;
  columns.insert(columns.begin(), scribble);
  return columns;
}

void add_cases(HtmlPage& page, const Sources& sources) {
  page.heading("Worst, median and best case", "cases");
  page.paragraph(
      "Chosen by the mean Dice over classes, not by looks. Lines are the borders of the "
      "structures; every picture shows the same part of the slice.");
  page.raw(class_key(sources.dataset.labels, false));
  const std::vector<std::size_t> order = order_by_dice(sources.summary);
  std::set<std::size_t> shown;
  for (const auto& [rank, name] :
       {std::pair{std::size_t{0}, "Worst"}, std::pair{order.size() / 2, "Median"},
        std::pair{order.size() - 1, "Best"}}) {
    const std::size_t index = order[std::min(rank, order.size() - 1)];
    if (!shown.insert(index).second) continue;
    const CaseResult& result = sources.summary.cases[index];
    page.subheading(std::string(name) + ": " + result.id + ", " +
                    dice_text(result, sources.summary.labels));
    page.raw(case_gallery(case_of(sources.dataset, result.id), sources.dataset,
                          columns_for(sources, result)));
  }
}

void add_training_examples(HtmlPage& page, const Sources& sources) {
  std::vector<const Case*> examples = scribbled_cases(sources);
  examples.resize(std::min(examples.size(), kTrainingExamples));
  if (examples.empty()) return;
  page.heading("What the model learned from", "scribbles");
  page.raw(class_key(sources.dataset.labels, true));
  for (const Case* one : examples) {
    const double share = annotated_share(*one->labels, sources.dataset.labels);
    page.subheading(one->id + ": " + number_text(100 * share, 1) + " % of the voxels annotated");
    page.raw(case_gallery(*one, sources.dataset,
                          {{share < 0.5 ? "scribble" : "labels", one->labels, "", share < 0.5}}));
  }
}

void add_curves(HtmlPage& page, const fs::path& run) {
  if (!fs::exists(run / "metrics.jsonl")) return;
  const History history = read_history(run / "metrics.jsonl");
  page.heading("Training", "training");
  page.paragraph(std::to_string(history.steps) + " steps in " +
                 number_text(history.seconds / 60, 1) + " minutes" +
                 (history.images_per_second > 0 ? ", " + number_text(history.images_per_second, 1) +
                                                      " images per second at the end."
                                                : "."));
  page.raw("<div class=\"plots\">");
  page.raw(svg_plot(history.losses, {"Loss terms", "step", "loss (logarithmic)", true, {}, {}}));
  if (!history.validation.empty()) {
    page.raw(svg_plot(history.validation, {"Validation Dice", "step", "Dice", false, 0.0, 1.0}));
  }
  page.raw("</div>\n");
}

std::string text_of(const fs::path& path) {
  const auto bytes = read_file(path);
  return {bytes.begin(), bytes.end()};
}

void add_provenance(HtmlPage& page, const ReportInputs& inputs, const Sources& sources) {
  page.heading("Configuration and provenance", "provenance");
  Table table{"", {"what", "value"}, {}, 2};
  const auto add = [&](const std::string& what, const std::string& value) {
    if (!value.empty()) table.rows.push_back({what, value});
  };
  const Dataset& dataset = sources.dataset;
  add("program", inputs.program);
  add("dataset", dataset.name + " (" + dataset.root.string() + ")");
  add("cases", std::to_string(dataset.cases.size()) + " for training and validation, " +
                   std::to_string(dataset.test_cases.size()) + " for test");
  add("run folder", fs::absolute(inputs.run).lexically_normal().string());
  if (!sources.model.empty()) {
    add("SHA-256 of the weights", sources.model.value("/weights/sha256"_json_pointer, ""));
    add("network", sources.model.value("network", Json()).dump());
    add("preparation", sources.model.value("prepare", Json()).dump());
    add("training", sources.model.value("training", Json()).dump());
  }
  add("scores", inputs.evaluation.string());
  for (const auto& [name, path] : inputs.comparisons) add("scores of " + name, path.string());
  page.table(table);
  if (fs::exists(inputs.run / "config.toml")) {
    page.folded("config.toml: every option of the run",
                "<pre>" + escape_html(text_of(inputs.run / "config.toml")) + "</pre>");
  }
}

void add_definitions(HtmlPage& page, const Summary& summary) {
  page.heading("Definitions", "definitions");
  std::string html = "<dl>";
  for (const Metric& metric : metrics()) {
    html += "<dt>" + escape_html(metric.title) + "</dt><dd>" + escape_html(metric.definition) +
            "</dd>\n";
  }
  page.raw(html + "</dl>\n");
  page.paragraph(
      "P is the set of predicted voxels of a class, R that of the reference. Surface "
      "Dice uses a tolerance of " +
      number_text(summary.options.tolerance_mm, 1) +
      " mm. Standard deviations have n - 1 in the denominator. " + empty_policy_text(summary));
}

}  // namespace

std::string build_report(const ReportInputs& inputs) {
  const Sources sources = load_sources(inputs);
  HtmlPage page(inputs.title.empty() ? sources.method + " on " + sources.dataset.name
                                     : inputs.title);
  add_headline(page, sources);
  add_comparison(page, sources);
  add_cases(page, sources);
  page.heading("Scores", "scores");
  page.table(class_table(sources.summary));
  page.table(case_table(sources.summary));
  add_curves(page, inputs.run);
  add_training_examples(page, sources);
  add_definitions(page, sources.summary);
  add_provenance(page, inputs, sources);
  return page.html();
}

}  // namespace medcl
