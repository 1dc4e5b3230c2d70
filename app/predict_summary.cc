// SPDX-License-Identifier: Apache-2.0
#include "app/predict_summary.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "app/console.h"
#include "app/progress.h"
#include "app/table.h"
#include "medcl/core/counted.h"
#include "medcl/core/input_file.h"
#include "medcl/core/shell_word.h"
#include "medcl/dataset/units.h"
#include "medcl/inference/postprocess.h"
#include "medcl/report/page_sections.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

void print_volumes(const Json& record, const LabelMap& labels) {
  const Json& cases = record.at("cases");
  const bool pixels =
      !cases.empty() &&
      std::all_of(cases.begin(), cases.end(), [](const Json& one) { return units_of(one).pixels; });
  const Units units{pixels};
  Table table{std::string(pixels ? "Size" : "Volume") + " in " + units.volume(), {"case"}, {}, 1};
  for (std::size_t c = 1; c < labels.classes.size(); ++c) {
    table.header.push_back(labels.classes[c].name);
  }
  for (const Json& one : cases) {
    const Json volumes_ml = one.value("volumes_ml", Json::object());
    std::vector<std::string> row{one.at("id").get<std::string>()};
    for (std::size_t c = 1; c < labels.classes.size(); ++c) {
      const Json volume_ml = volumes_ml.value(labels.classes[c].name, Json());
      row.push_back(volume_ml.is_number() ? number_text(units.volume_of(volume_ml.get<double>()),
                                                        units.volume_digits())
                                          : "-");
    }
    table.rows.push_back(std::move(row));
  }
  print_table(table);
}

/// The run that the models are of, for a shell; "RUN" where there is none, or several.
std::string run_of(const PredictArguments& arguments) {
  if (arguments.models.size() != 1) return "RUN";
  const fs::path model = fs::path(arguments.models.front()).lexically_normal();
  const fs::path folder = model.has_filename() ? model : model.parent_path();
  for (const fs::path& run : {folder, folder.parent_path()}) {
    if (!run.empty() && is_there(run / "run.json")) return shell_word(run.string());
  }
  return "RUN";
}

/// Of a model whose validation said that it is poor; models of folds have each seen other cases.
void warn_of_a_poor_model(const ModelCard& card) {
  for (const auto& [rule, dice] : card.components.mean_dice) {
    if (rule != card.components.rule || dice >= kPoorDice) continue;
    warn("in validation this model reached a mean " + card.components.measure + " of " +
         number_text(dice, 2) + ": much of what it predicts is wrong, look at every case");
  }
}

}  // namespace

void print_predict_summary(const Json& record, const ModelCard& card,
                           const PredictArguments& arguments, std::int64_t slices, double seconds) {
  const std::size_t cases = record.at("cases").size();
  const double per_slice_ms = slices > 0 ? 1000 * seconds / static_cast<double>(slices) : 0;
  print_wrapped(counted(cases, "case") + ", " + counted(static_cast<std::size_t>(slices), "slice") +
                ", " + duration_text(seconds) + " (" + number_text(per_slice_ms, 0) +
                " ms per slice); post-processing: " + postprocessing_text(arguments.options, card));
  print_volumes(record, card.labels);
  warn_of_a_poor_model(card);
  std::printf("labels: %s\n", arguments.output.c_str());
  if (predicts_one_file(arguments)) return;
  const std::string output = shell_word(arguments.output);
  std::printf("next: medcl report %s --predictions %s -o PAGE, or with reference labels\n",
              run_of(arguments).c_str(), output.c_str());
  std::printf("      medcl evaluate --predictions %s --reference LABELS\n", output.c_str());
}

}  // namespace medcl
