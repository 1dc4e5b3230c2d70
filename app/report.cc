// SPDX-License-Identifier: Apache-2.0
// medcl report: one self-contained page about a run and its scores.

#include "medcl/report/report.h"

#include <cstdio>
#include <memory>

#include "app/commands.h"
#include "app/inputs.h"
#include "medcl/core/atomic_file.h"
#include "medcl/core/error.h"
#include "medcl/core/output_guard.h"

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

void run_report(const Arguments& arguments, const std::string& version) {
  const fs::path page = fs::path(arguments.output) / "index.html";
  OutputGuard guard(arguments.force);
  add_model(arguments.run, guard);
  add_dataset(arguments.dataset, guard);
  guard.add_input(arguments.evaluation);
  ReportInputs inputs;
  inputs.run = arguments.run;
  inputs.dataset = arguments.dataset;
  inputs.evaluation = arguments.evaluation;
  inputs.title = arguments.title;
  inputs.program = version;
  if (!arguments.predictions.empty()) inputs.predictions = arguments.predictions;
  for (const std::string& text : arguments.comparisons) {
    inputs.comparisons.push_back(split_comparison(text));
    guard.add_input(inputs.comparisons.back().second);
  }
  guard.require_file(page);
  const std::string html = build_report(inputs);
  guard.write(page, [&](const fs::path& draft) { write_atomically(draft, html); });
  std::printf("%s (%.1f MB): open it in a browser\n", page.c_str(),
              static_cast<double>(html.size()) / 1e6);
}

}  // namespace

void add_report(Program& program) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* verb = program.app.add_subcommand("report", "Show a run and its scores as one page");
  verb->add_option("run", arguments->run, "Run folder")->required();
  verb->add_option("--dataset", arguments->dataset, "Dataset with the images")->required();
  verb->add_option("--evaluation", arguments->evaluation, "summary.json of medcl evaluate")
      ->required();
  verb->add_option("--predictions", arguments->predictions,
                   "Folder of medcl predict, to state the post-processing");
  verb->add_option("--compare", arguments->comparisons,
                   "NAME=summary.json of another run on the same cases (may be repeated)");
  verb->add_option("--title", arguments->title, "Title of the page");
  verb->add_option("-o,--output", arguments->output, "Folder for index.html")->required();
  verb->add_flag("--force", arguments->force, "Replace an existing page");
  verb->footer(
      "Example:\n"
      "  medcl report runs/a --dataset data/mscmr --predictions predictions \\\n"
      "      --evaluation scores/summary.json --compare pce=scores_pce/summary.json -o report");
  verb->callback([arguments, &program] { run_report(*arguments, program.app.version()); });
}

}  // namespace medcl
