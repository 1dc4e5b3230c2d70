// SPDX-License-Identifier: Apache-2.0
#include "medcl/report/page_sections.h"

#include <algorithm>
#include <optional>

#include "medcl/core/error.h"
#include "medcl/dataset/dice_measure.h"
#include "medcl/format/json_text.h"
#include "medcl/report/history.h"
#include "medcl/report/svg_plot.h"
#include "medcl/run/fold_list.h"

namespace medcl {

namespace fs = std::filesystem;

namespace {

std::string text_of(const Json& value) {
  if (value.is_null()) return "";
  return value.is_string() ? value.get<std::string>() : json_text(value);
}

}  // namespace

void add_notice(HtmlPage& page) {
  page.raw(
      "<p class=\"notice\">This is research software, not a medical device: nothing on this "
      "page may be used to diagnose or treat a patient.</p>\n");
}

void add_cut_short(HtmlPage& page, const Json& model) {
  const Json reason = model.value("/training/ending/cut_short"_json_pointer, Json());
  if (!reason.is_string()) return;
  page.raw("<p class=\"notice\">This model has not learned what it could: " +
           escape_html(reason.get<std::string>()) + ".</p>\n");
}

namespace {

/// Of a model: its mean Dice under the component rule that was chosen, and on how many cases.
struct Validation {
  std::int64_t cases = 0;
  double dice = 0;
  std::string measure;
};

std::optional<Validation> validation_of(const Json& model) {
  return reading_json("broken scores of validation", "model.json",
                      [&]() -> std::optional<Validation> {
                        const Json chosen = model.value("postprocessing", Json::object());
                        if (!chosen.contains("mean_dice")) return std::nullopt;
                        const auto rule = chosen.at("largest_component").get<std::string>();
                        return Validation{chosen.at("validation_cases").get<std::int64_t>(),
                                          chosen.at("mean_dice").at(rule).get<double>(),
                                          chosen.value("measure", kDice)};
                      });
}

}  // namespace

void add_validation(HtmlPage& page, const Json& model) {
  const auto validation = validation_of(model);
  if (!validation) return;
  const std::string said = "In validation this model reached a mean " + validation->measure +
                           " of " + number_text(validation->dice, 2) + " (" +
                           std::to_string(validation->cases) +
                           (validation->cases == 1 ? " case)." : " cases).") +
                           (validation->measure == kStrokeDice
                                ? " That is agreement with strokes, no Dice of whole structures."
                                : "");
  if (validation->dice >= kPoorDice) {
    page.paragraph(said);
  } else {
    page.raw("<p class=\"notice\">" + escape_html(said) +
             " Much of what it predicts is wrong: look at every case before you use it.</p>\n");
  }
}

void add_quality_estimate(HtmlPage& page, const fs::path& run) {
  const fs::path file = run / "estimate.json";
  if (!fs::exists(file)) return;
  const Json estimate = read_json(file);
  const auto cell = [](const Json& one, const char* key) {
    const Json value = one.value(key, Json());
    return value.is_number() ? number_text(value.get<double>(), 2) : "-";
  };
  try {
    page.heading("Estimated quality", "estimate");
    Table table{"Dice of the mean prediction of all folds, without dense labels",
                {"class", "estimate", "from", "to", "agreement", "size ratio", "strokes found",
                 "claims right"},
                {},
                1};
    for (const Json& one : estimate.at("classes")) {
      table.rows.push_back({one.at("name").get<std::string>(), cell(one, "dice"), cell(one, "low"),
                            cell(one, "high"), cell(one, "agreement"), cell(one, "size_ratio"),
                            cell(one, "stroke_recall"), cell(one, "stroke_precision")});
    }
    page.table(table);
    page.paragraph("Meant to hold the true mean Dice in " +
                   number_text(100 * estimate.at("coverage").get<double>(), 0) +
                   " % of all datasets.");
    for (const Json& sentence : estimate.at("limits")) {
      page.paragraph(sentence.get<std::string>(), "soft");
    }
  } catch (const Json::exception&) {
    fail(ErrorCode::kIo, {.what = "is not an estimate of this program",
                          .where = file.string(),
                          .remedy = "run medcl estimate again"});
  }
}

namespace {

void add_curves_of(HtmlPage& page, const fs::path& metrics, const std::string& of) {
  const History history = read_history(metrics);
  page.paragraph(of + std::to_string(history.steps) + " steps in " +
                 number_text(history.seconds / 60, 1) + " minutes" +
                 (history.images_per_second > 0 ? ", " + number_text(history.images_per_second, 1) +
                                                      " images per second at the end."
                                                : "."));
  page.raw("<div class=\"plots\">");
  page.raw(svg_plot(history.losses, {"Loss terms", "step", "loss (logarithmic)", true, {}, {}}));
  if (!history.validation.empty()) {
    page.raw(svg_plot(history.validation,
                      {"Validation " + history.measure, "step", history.measure, false, 0.0, 1.0}));
  }
  page.raw("</div>\n");
}

}  // namespace

void add_curves(HtmlPage& page, const fs::path& run) {
  const std::size_t folds = has_folds(run) ? read_folds(run).folds.size() : 0;
  bool any = false;
  for (std::size_t n = 0; n < std::max<std::size_t>(folds, 1); ++n) {
    const fs::path metrics = (folds > 0 ? fold_folder(run, n) : run) / "metrics.jsonl";
    if (!fs::exists(metrics)) continue;
    if (!any) page.heading("Training", "training");
    any = true;
    add_curves_of(page, metrics, folds > 0 ? "Fold " + std::to_string(n) + ": " : "");
  }
}

void add_provenance(HtmlPage& page, const ReportInputs& inputs, const Dataset* dataset,
                    const Json& model, const std::string& config) {
  page.heading("Configuration and provenance", "provenance");
  Table table{"", {"what", "value"}, {}, 2};
  const auto add = [&](const std::string& what, const std::string& value) {
    if (!value.empty()) table.rows.push_back({what, value});
  };
  add("program", inputs.program);
  if (dataset != nullptr) {
    add("dataset", dataset->name + " (" + dataset->root.string() + ")");
    add("cases", std::to_string(dataset->cases.size()) + " for training and validation, " +
                     std::to_string(dataset->test_cases.size()) + " for test");
  }
  add("run folder", fs::absolute(inputs.run).lexically_normal().string());
  if (!model.empty()) {
    add("SHA-256 of the weights", text_of(model.value("/weights/sha256"_json_pointer, Json())));
    add("network", text_of(model.value("network", Json())));
    add("preparation", text_of(model.value("prepare", Json())));
    Json training = model.value("training", Json::object());
    if (training.is_object()) {
      training.erase("images");  // for `predict`, not for readers
      training.erase("split");
    }
    add("training", text_of(training));
    add("component rule", text_of(model.value("postprocessing", Json())));
  }
  if (inputs.predictions) add("predictions", inputs.predictions->string());
  add("scores", inputs.evaluation.string());
  for (const auto& [name, path] : inputs.comparisons) add("scores of " + name, path.string());
  page.table(table);
  if (!config.empty()) {
    page.folded("config.toml: every option of the run", "<pre>" + escape_html(config) + "</pre>");
  }
}

}  // namespace medcl
