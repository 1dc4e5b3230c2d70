// SPDX-License-Identifier: Apache-2.0
#include "medcl/report/report.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "medcl/evaluation/volume_bias.h"
#include "medcl/report/gallery.h"
#include "medcl/report/html.h"
#include "medcl/report/page_sections.h"
#include "medcl/report/score_tables.h"
#include "medcl/report/sources.h"
#include "medcl/report/unscored_report.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kTrainingExamples = 4;
constexpr std::size_t kUnfoldedRows = 45;

void add_headline(HtmlPage& page, const ReportSources& sources) {
  const Summary& summary = sources.summary;
  page.raw("<div class=\"scores\">" + score_cards(summary) + "</div>\n");
  page.paragraph("Dice in 3-D on the native grid, mean ± standard deviation over " +
                 cases_text(sources) + ". Post-processing: " + sources.postprocessing + ". " +
                 empty_policy_text(summary));
  if (const std::string note = measure_note(summary.measure); !note.empty()) {
    page.paragraph("References: " + note + ".", "notice");
  }
  add_notice(page);
  add_cut_short(page, sources.model);
}

void add_comparison(HtmlPage& page, const ReportSources& sources) {
  if (sources.runs.size() < 2) return;
  page.heading("Comparison", "comparison");
  page.paragraph(
      "The same cases, scored in the same way. Difference: mean Dice minus that of the first row, "
      "averaged over the cases.");
  page.table(comparison_table(sources.runs));
}

std::vector<GalleryColumn> columns_for(const ReportSources& sources, const CaseResult& result) {
  const Case& one = case_of(sources, result.id);
  std::vector<GalleryColumn> columns;
  const bool scribbled = is_training_case(sources, one.id) && one.labels &&
                         annotated_share(*one.labels, sources.dataset.labels) < 0.5;
  if (scribbled) columns.push_back({"scribble", *one.labels, true});
  columns.push_back({"reference", result.reference_file});
  columns.push_back({"prediction: " + sources.method, result.prediction_file});
  for (std::size_t r = 1; r < sources.runs.size(); ++r) {
    for (const CaseResult& other : sources.runs[r].summary.cases) {
      if (other.id == result.id && fs::exists(other.prediction_file)) {
        columns.push_back({"prediction: " + sources.runs[r].name, other.prediction_file});
      }
    }
  }
  return columns;
}

void add_cases(HtmlPage& page, const ReportSources& sources, const ReportProgress& progress) {
  page.heading("Worst, median and best case", "cases");
  page.paragraph(
      "Chosen by the mean Dice over classes, not by looks. Lines are the borders of the "
      "structures; every picture shows the same part of the slice.");
  page.raw(class_key(sources.dataset.labels, false));
  const std::vector<std::size_t> order = order_by_dice(sources.summary);
  const std::int64_t pictured = std::min<std::int64_t>(3, static_cast<std::int64_t>(order.size()));
  std::set<std::size_t> shown;
  for (const auto& [rank, name] :
       {std::pair{std::size_t{0}, "Worst"}, std::pair{order.size() / 2, "Median"},
        std::pair{order.size() - 1, "Best"}}) {
    const std::size_t index = order[std::min(rank, order.size() - 1)];
    if (!shown.insert(index).second) continue;
    const CaseResult& result = sources.summary.cases[index];
    page.subheading(std::string(name) + ": " + result.id + ", " +
                    dice_text(result, sources.summary.labels));
    page.raw(
        case_gallery(case_of(sources, result.id), sources.dataset, columns_for(sources, result)));
    if (progress) progress(static_cast<std::int64_t>(shown.size()), pictured, result.id);
  }
}

void add_training_examples(HtmlPage& page, const ReportSources& sources) {
  std::vector<const Case*> examples = scribbled_cases(sources);
  examples.resize(std::min(examples.size(), kTrainingExamples));
  if (examples.empty()) return;
  page.heading("What the model learned from", "scribbles");
  page.raw(class_key(sources.dataset.labels, true));
  page.raw("<div class=\"side-by-side\">");
  for (const Case* one : examples) {
    const double share = annotated_share(*one->labels, sources.dataset.labels);
    page.raw("<div>");
    page.subheading(one->id + ": " + number_text(100 * share, 1) + " % of the voxels annotated");
    page.raw(case_gallery(*one, sources.dataset,
                          {{share < 0.5 ? "scribble" : "labels", *one->labels, share < 0.5}}));
    page.raw("</div>\n");
  }
  page.raw("</div>\n");
}

void add_volumes(HtmlPage& page, const Summary& summary) {
  page.heading("Volumes", "volumes");
  const std::vector<VolumeBias> biases = volume_bias(summary);
  bool found = false;
  for (std::size_t c = 0; c < biases.size(); ++c) {
    const std::string text =
        systematic_text(biases[c], summary.labels.classes[c + 1].name, summary.units);
    if (text.empty()) continue;
    found = true;
    page.paragraph("Systematic volume bias. " + text + ".", "notice");
  }
  if (!found) page.paragraph("No class is systematically predicted too large or too small.");
  page.table(volume_table(summary));
}

void add_definitions(HtmlPage& page, const Summary& summary) {
  page.heading("Definitions", "definitions");
  std::string html = "<dl>";
  for (const Metric& metric : metrics()) {
    html += "<dt>" + escape_html(title_of(metric, summary.units)) + "</dt><dd>" +
            escape_html(metric.definition) + "</dd>\n";
  }
  page.raw(html + "</dl>\n");
  page.paragraph(
      "P is the set of predicted voxels of a class, R that of the reference. Surface "
      "Dice uses a tolerance of " +
      number_text(summary.options.tolerance_mm, 1) + " " + summary.units.length() +
      ". Standard deviations have n - 1 in the denominator. " + empty_policy_text(summary));
}

}  // namespace

std::string build_report(const ReportInputs& inputs, const ReportProgress& progress) {
  if (inputs.evaluation.empty()) return build_unscored_report(inputs, progress);
  const ReportSources sources = load_report_sources(inputs);
  HtmlPage page(inputs.title.empty() ? sources.method + " on " + sources.dataset.name
                                     : inputs.title);
  add_headline(page, sources);
  add_comparison(page, sources);
  add_cases(page, sources, progress);
  page.heading("Scores", "scores");
  page.table(class_table(sources.summary));
  const Table cases = case_table(sources.summary);
  if (cases.rows.size() > kUnfoldedRows) {
    page.folded("Every case", table_tag(cases));
  } else {
    page.table(cases);
  }
  add_volumes(page, sources.summary);
  add_curves(page, inputs.run);
  add_training_examples(page, sources);
  add_definitions(page, sources.summary);
  add_provenance(page, inputs, &sources.dataset, sources.model, sources.config);
  return page.html();
}

}  // namespace medcl
