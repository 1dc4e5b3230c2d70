// SPDX-License-Identifier: Apache-2.0
// medcl report: one self-contained page about a run and its scores.

#include "medcl/report/report.h"

#include <cstdio>
#include <memory>

#include "app/commands.h"
#include "app/inputs.h"
#include "app/progress.h"
#include "medcl/core/atomic_file.h"
#include "medcl/core/error.h"
#include "medcl/core/output_guard.h"
#include "medcl/task/config.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

struct Arguments {
  std::string run, predictions, dataset, evaluation, output, title;
  std::vector<std::string> comparisons;
  bool force = false;
};

std::pair<std::string, fs::path> split_comparison(const std::string& text) {
  const std::size_t sign = text.find('=');
  if (sign == std::string::npos || sign == 0 || sign + 1 == text.size()) {
    fail(ErrorCode::kUsage, {"not a comparison", "--compare", "NAME=summary.json", text, ""});
  }
  return {text.substr(0, sign), text.substr(sign + 1)};
}

/// The dataset that the run was trained on, for pages with scores that name no other.
fs::path dataset_of_run(const fs::path& run) {
  const fs::path config = run / "config.toml";
  const std::string dataset = fs::exists(config) ? resolve_options("", config, {}).dataset : "";
  if (dataset.empty()) {
    fail(ErrorCode::kUsage, {.what = "the dataset with the images of the scores is not known",
                             .where = run.string(),
                             .remedy = "give it: --dataset FOLDER"});
  }
  return dataset;
}

ReportInputs inputs_of(const Arguments& arguments, const std::string& version) {
  ReportInputs inputs;
  inputs.run = arguments.run;
  inputs.dataset = arguments.dataset;
  inputs.evaluation = arguments.evaluation;
  inputs.title = arguments.title;
  inputs.program = version;
  if (!arguments.predictions.empty()) inputs.predictions = arguments.predictions;
  if (!arguments.evaluation.empty() && arguments.dataset.empty()) {
    inputs.dataset = dataset_of_run(arguments.run);
  }
  for (const std::string& text : arguments.comparisons) {
    inputs.comparisons.push_back(split_comparison(text));
  }
  return inputs;
}

void run_report(const Arguments& arguments, const std::string& version) {
  const fs::path page = fs::path(arguments.output) / "index.html";
  require_own_folder(arguments.output, "--output");
  const ReportInputs inputs = inputs_of(arguments, version);
  OutputGuard guard(arguments.force);
  add_model(arguments.run, guard);
  if (!inputs.dataset.empty()) add_dataset(inputs.dataset, guard);
  if (!inputs.evaluation.empty()) guard.add_input(inputs.evaluation);
  if (inputs.predictions) guard.add_input(*inputs.predictions / "prediction.json");
  for (const auto& [name, file] : inputs.comparisons) guard.add_input(file);
  guard.require_file(page);
  Progress line(0, "report", "case");
  const std::string html =
      build_report(inputs, [&line](std::int64_t done, std::int64_t total, const std::string& id) {
        line.set_total(total);
        line.update(done, id);
      });
  line.finish();
  guard.write(page, [&](const fs::path& draft) { write_atomically(draft, html); });
  std::printf("%s (%.1f MB): open it in a browser\n", page.c_str(),
              static_cast<double>(html.size()) / 1e6);
}

}  // namespace

void add_report(Program& program) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* verb = program.app.add_subcommand("report", "Show a run and its scores as one page");
  verb->add_option("run", arguments->run, "Run folder")->required();
  verb->add_option("--predictions", arguments->predictions,
                   "Folder of medcl predict; shown alone where there are no scores");
  verb->add_option("--evaluation", arguments->evaluation,
                   "summary.json of medcl evaluate: the page shows the scores");
  verb->add_option("--dataset", arguments->dataset,
                   "Dataset with the images of the scores (default: that of the run)");
  verb->add_option("--compare", arguments->comparisons, "Scores of another run on the same cases")
      ->type_name("NAME=FILE");
  verb->add_option("--title", arguments->title, "Title of the page");
  verb->add_option("-o,--output", arguments->output, "Folder for index.html")->required();
  verb->add_flag("--force", arguments->force, "Replace an existing page");
  verb->footer(
      "Examples:\n"
      "  medcl report runs/a --predictions predictions -o report\n"
      "  medcl report runs/a --predictions predictions --evaluation scores.json \\\n"
      "      --compare pce=scores_pce.json -o report");
  verb->callback([arguments, &program] { run_report(*arguments, program.app.version()); });
}

}  // namespace medcl
