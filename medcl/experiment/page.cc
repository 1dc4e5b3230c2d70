// SPDX-License-Identifier: Apache-2.0
#include "medcl/experiment/page.h"

#include "medcl/core/error.h"
#include "medcl/experiment/figures.h"
#include "medcl/experiment/tables.h"
#include "medcl/report/html.h"
#include "medcl/report/page_sections.h"
#include "medcl/report/table_formats.h"

namespace medcl {
namespace {

using Warn = std::function<void(const std::string&)>;

std::string title_of(const Experiment& experiment) {
  return experiment.title.empty() ? "Experiment" : experiment.title;
}

/// The tables of a section, without those that have no rows.
std::vector<Table> section_tables(const Experiment& experiment, const ComparedSection& section) {
  std::vector<Table> tables;
  for (const char* key : {"Dice", "HD", "HD95"}) {
    tables.push_back(score_table(experiment, section, key));
  }
  for (Table table :
       {published_table(experiment, section), spread_table(section), conditions_table(section)}) {
    if (!table.rows.empty()) tables.push_back(std::move(table));
  }
  return tables;
}

/// A picture that cannot be drawn is missed, not the page.
void add_picture(HtmlPage& page, const Warn& on_warning, const std::function<std::string()>& draw) {
  try {
    page.raw(draw());
  } catch (const Error& error) {
    on_warning(std::string("no pictures: ") + error.what());
    page.paragraph(std::string("No pictures: ") + error.what(), "soft");
  }
}

void add_section(HtmlPage& page, const PageInputs& inputs, const ComparedSection& section,
                 std::size_t number, const Warn& on_warning) {
  const Experiment& experiment = inputs.experiment;
  page.heading(section.title, "section-" + std::to_string(number));
  page.paragraph(reading_text(experiment, section), "soft");
  for (const Table& table : section_tables(experiment, section)) page.table(table);
  page.raw("<div class=\"plots\">" + across_figure(experiment, section) + learning_curves(section) +
           "</div>\n");
  const auto dataset = inputs.datasets.find(section.dataset);
  if (dataset == inputs.datasets.end()) return;
  if (experiment.report.panels) {
    add_picture(page, on_warning,
                [&] { return case_panels(experiment, section, dataset->second, inputs.folder); });
  }
  if (experiment.report.scribbles) {
    add_picture(page, on_warning, [&] { return scribble_panel(section, dataset->second); });
  }
}

void add_definitions(HtmlPage& page) {
  page.heading("Definitions", "definitions");
  std::string list = "<dl>";
  for (const Metric& metric : metrics()) {
    list +=
        "<dt>" + escape_html(metric.title) + "</dt><dd>" + escape_html(metric.definition) + "</dd>";
  }
  page.raw(list + "</dl>\n");
}

void add_provenance(HtmlPage& page, const PageInputs& inputs) {
  page.heading("How this was made", "provenance");
  page.paragraph(inputs.program +
                 ". The description of the experiment follows; the commands of each run stand in "
                 "commands.txt of its folder.");
  for (const auto& [name, digest] : inputs.digests) {
    if (!digest.empty()) page.paragraph("Data of " + name + ": SHA-256 " + digest + ".");
  }
  page.folded("description of the experiment",
              "<pre>" + escape_html(inputs.description) + "</pre>");
  for (const ComparedSection& section : inputs.sections) {
    for (const ComparedRow& row : section.rows) {
      const ComparedCell& cell = row.cells.front();
      if (!cell.has_scores()) continue;
      page.folded("all options of " + row.title + ", " + section.title,
                  "<pre>" + escape_html(cell.runs.front()->config) + "</pre>");
    }
  }
}

}  // namespace

std::string experiment_page(const PageInputs& inputs, const Warn& on_warning) {
  HtmlPage page(title_of(inputs.experiment));
  if (!inputs.experiment.about.empty()) page.paragraph(inputs.experiment.about);
  add_notice(page);
  const Table gaps = gaps_table(inputs.sections);
  if (!gaps.rows.empty()) {
    page.heading("What is missing", "gaps");
    page.table(gaps);
  }
  for (std::size_t n = 0; n < inputs.sections.size(); ++n) {
    add_section(page, inputs, inputs.sections[n], n, on_warning);
  }
  add_definitions(page);
  add_provenance(page, inputs);
  return page.html();
}

std::string experiment_markdown(const Experiment& experiment,
                                const std::vector<ComparedSection>& sections) {
  std::string text = "# " + title_of(experiment) + "\n\n";
  if (!experiment.about.empty()) text += experiment.about + "\n\n";
  for (const ComparedSection& section : sections) {
    text += "## " + section.title + "\n\n" + reading_text(experiment, section) + "\n\n";
    for (const Table& table : section_tables(experiment, section)) {
      text += to_markdown(table) + "\n";
    }
  }
  const Table gaps = gaps_table(sections);
  if (!gaps.rows.empty()) text += "## What is missing\n\n" + to_markdown(gaps);
  return text;
}

std::string experiment_latex(const Experiment& experiment,
                             const std::vector<ComparedSection>& sections) {
  std::string text = "% " + title_of(experiment) + "; needs \\usepackage{booktabs}\n";
  for (const ComparedSection& section : sections) {
    text += "% " + reading_text(experiment, section) + "\n";
    for (const Table& table : section_tables(experiment, section)) text += to_latex(table);
  }
  return text;
}

}  // namespace medcl
