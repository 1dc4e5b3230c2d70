// SPDX-License-Identifier: Apache-2.0
#include "medcl/report/unscored_report.h"

#include <algorithm>

#include "medcl/core/error.h"
#include "medcl/report/gallery.h"
#include "medcl/report/html.h"
#include "medcl/report/page_sections.h"
#include "medcl/report/predictions.h"
#include "medcl/report/sources.h"
#include "medcl/run/fold_list.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostPictures = 24;  // cases; a page with more is slow to open

/// The cases in the order of the page, each with the reasons to look at it.
struct Shown {
  std::size_t index = 0;
  std::vector<std::string> reasons;
};

std::vector<Shown> unusual_first(const Predictions& predictions) {
  std::vector<Shown> shown;
  for (std::size_t i = 0; i < predictions.cases.size(); ++i) {
    shown.push_back({i, unusual(predictions, i)});
  }
  std::stable_sort(shown.begin(), shown.end(), [](const Shown& a, const Shown& b) {
    return a.reasons.size() > b.reasons.size();
  });
  return shown;
}

std::size_t count_unusual(const std::vector<Shown>& shown) {
  return static_cast<std::size_t>(std::count_if(
      shown.begin(), shown.end(), [](const Shown& one) { return !one.reasons.empty(); }));
}

void add_headline(HtmlPage& page, const Predictions& predictions, std::size_t unusual_count) {
  const std::size_t cases = predictions.cases.size();
  page.paragraph(std::to_string(cases) + (cases == 1 ? " case" : " cases") + " predicted, " +
                 std::to_string(unusual_count) +
                 " with something unusual. Without reference labels nothing here says how right "
                 "the predictions are. Post-processing: " +
                 predictions.record.value("postprocessing", "not recorded") + ".");
  add_notice(page);
}

void add_unusual(HtmlPage& page, const Predictions& predictions, const std::vector<Shown>& shown) {
  page.heading("What is unusual", "unusual");
  Table table{"", {"case", "what"}, {}, 2};
  for (const Shown& one : shown) {
    for (const std::string& reason : one.reasons) {
      table.rows.push_back({predictions.cases[one.index].id, reason});
    }
  }
  if (!table.rows.empty()) page.table(table);
  page.paragraph(
      std::string(table.rows.empty() ? "Nothing. " : "") +
      "Looked for: images unlike those of the training, missing classes, volumes far from those of "
      "the other cases (with five cases or more), classes in several pieces.");
}

void add_volumes(HtmlPage& page, const Predictions& predictions) {
  page.heading("Volumes", "volumes");
  const Units units = predictions.units();
  Table table{
      "Predicted " + std::string(units.pixels ? "size" : "volume") + " in " + units.volume(),
      {"case"},
      {},
      1};
  for (std::size_t c = 1; c < predictions.labels.classes.size(); ++c) {
    table.header.push_back(predictions.labels.classes[c].name);
  }
  for (const PredictedCase& one : predictions.cases) {
    table.rows.push_back({one.id});
    for (const double volume_ml : one.volumes_ml) {
      table.rows.back().push_back(number_text(units.volume_of(volume_ml), units.volume_digits()));
    }
  }
  page.table(table);
}

/// What pictures need to know of the data.
Dataset description_of(const Predictions& predictions, const Json& model) {
  Dataset dataset;
  dataset.labels = predictions.labels;
  dataset.channel_names = model.value("channels", std::vector<std::string>{});
  return dataset;
}

void add_pictures(HtmlPage& page, const Predictions& predictions, const std::vector<Shown>& shown,
                  const Dataset& description, const ReportProgress& progress) {
  page.heading("Cases", "cases");
  page.paragraph("Unusual cases first. Lines are the borders of the structures.");
  page.raw(class_key(predictions.labels, false));
  const std::size_t pictured = std::min(shown.size(), kMostPictures);
  for (std::size_t n = 0; n < pictured; ++n) {
    const PredictedCase& one = predictions.cases[shown[n].index];
    page.subheading(one.id);
    for (const std::string& reason : shown[n].reasons) page.paragraph(reason, "soft");
    page.raw(case_gallery({one.id, one.images, {}}, description, {{"prediction", one.labels}}));
    if (progress) {
      progress(static_cast<std::int64_t>(n + 1), static_cast<std::int64_t>(pictured), one.id);
    }
  }
  if (shown.size() > pictured) {
    page.paragraph(std::to_string(shown.size() - pictured) +
                   " more cases are not shown; their volumes are in the table.");
  }
}

std::string name_of_run(const fs::path& run) {
  const fs::path path = fs::absolute(run).lexically_normal();
  return (path.has_filename() ? path : path.parent_path()).filename().string();
}

}  // namespace

std::string build_unscored_report(const ReportInputs& inputs, const ReportProgress& progress) {
  if (!fs::is_directory(inputs.run)) {
    fail(ErrorCode::kIo, {.what = "no such run folder", .where = inputs.run.string()});
  }
  if (!inputs.predictions) {
    fail(ErrorCode::kUsage, {.what = "nothing to show",
                             .where = "--evaluation, --predictions",
                             .expected = "scores, predictions, or both"});
  }
  const Predictions predictions = read_predictions(*inputs.predictions);
  const bool folds = has_folds(inputs.run);
  const fs::path run = folds ? fold_folder(inputs.run, 0) : inputs.run;
  const Json model = json_or_empty(run / "best" / "model.json");
  const std::vector<Shown> shown = unusual_first(predictions);
  HtmlPage page(inputs.title.empty() ? "Predictions of " + name_of_run(inputs.run) : inputs.title);
  add_headline(page, predictions, count_unusual(shown));
  if (!folds) add_validation(page, model);
  add_cut_short(page, model);
  add_quality_estimate(page, inputs.run);
  add_unusual(page, predictions, shown);
  add_volumes(page, predictions);
  add_pictures(page, predictions, shown, description_of(predictions, model), progress);
  add_curves(page, inputs.run);
  add_provenance(page, inputs, nullptr, model, text_or_empty(run / "config.toml"));
  return page.html();
}

}  // namespace medcl
