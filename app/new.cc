// SPDX-License-Identifier: Apache-2.0
// medcl new: loose images and labels -> a dataset.

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "app/commands.h"
#include "app/findings.h"
#include "app/inputs.h"
#include "app/new_text.h"
#include "app/progress.h"
#include "app/read_flags.h"
#include "app/signals.h"
#include "app/table.h"
#include "medcl/core/error.h"
#include "medcl/core/input_file.h"
#include "medcl/core/names.h"
#include "medcl/dataset/check.h"
#include "medcl/dataset/intake/intake.h"

namespace medcl {
namespace {

struct Arguments {
  std::vector<std::string> files;
  std::string target, spacing, zero;
  PlanOptions plan;
  IntakeOptions intake;
  bool dry_run = false, all = false, json = false;
};

double number_of(const std::string& text) {
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && rest == end ? value : 0;
}

void take_spacing(Arguments& arguments) {
  if (arguments.spacing.empty()) return;
  if (arguments.spacing == "px") {
    arguments.intake.spacing_mm = {1, 1, 1};
    arguments.intake.in_pixels = true;
    return;
  }
  std::vector<double> lengths;
  for (const std::string& part : split_at_commas(arguments.spacing)) {
    lengths.push_back(number_of(part));
  }
  if (lengths.size() != 3) lengths.assign(1, 0);
  arguments.intake.spacing_mm = spacing_of(lengths);
}

/// The dataset, or with --dry-run only what is in the files.
IntakeReport make_with_progress(const IntakePlan& plan, const Arguments& arguments) {
  std::unique_ptr<Progress> line;
  std::string activity;
  const IntakeProgress progress = [&](const std::string& what, std::int64_t done,
                                      std::int64_t total, const std::string& id) {
    stop_if_asked();
    if (what != activity) line = std::make_unique<Progress>(total, what, "case");
    activity = what;
    line->update(done, id);
  };
  return arguments.dry_run ? look_at_files(plan, arguments.intake, progress)
                           : make_dataset(plan, arguments.intake, arguments.target, progress);
}

void print_dry_run(const IntakePlan& plan, const IntakeReport& report, const Arguments& arguments) {
  if (arguments.json) {
    print_plan_json(plan, report);
    return;
  }
  print_values(report);
  print_findings(report.findings, plan.list.root, arguments.all);
  print_wrapped("nothing was written: without --dry-run this becomes " + arguments.target);
}

Findings errors_of(const Findings& findings) {
  Findings errors;
  std::copy_if(findings.begin(), findings.end(), std::back_inserter(errors),
               [](const Finding& one) { return one.severity == Severity::kError; });
  return errors;
}

Findings check_made(const Dataset& dataset) {
  Progress line(static_cast<std::int64_t>(dataset.cases.size()), "check", "case");
  return check_dataset(dataset, [&line](std::int64_t done, std::int64_t) { line.update(done); });
}

/// What cannot be decided is said behind the table that shows it.
[[noreturn]] void refuse(const IntakePlan& plan) {
  Problem problem = plan.findings.front().problem;
  if (plan.findings.size() > 1) {
    problem.remedy += " (" + std::to_string(plan.findings.size() - 1) + " more such problems)";
  }
  fail(ErrorCode::kUsage, problem);
}

/// A dataset among loose files would be taken for some of them the next time.
void require_apart_from_files(const Arguments& arguments) {
  for (const std::string& file : arguments.files) {
    if (!is_folder(file) || !lies_in(arguments.target, file)) continue;
    fail(ErrorCode::kUsage,
         {"the output lies in a folder of loose files", "--output " + arguments.target,
          "a place of its own", file, "choose another output"});
  }
}

/// One dataset is not added to another.
void require_no_dataset(const std::string& target) {
  if (!is_there(std::filesystem::path(target) / "dataset.json")) return;
  fail(ErrorCode::kUsage,
       {"there is a dataset already", "--output " + target, "a new folder", "",
        "choose another folder, or remove this one first; to add scans, name all files again with "
        "another folder"});
}

/// A dataset with errors is kept, for it may be corrected; whoever runs commands in a row must see
/// it.
int code_of(const Findings& findings) {
  return errors_of(findings).empty() ? 0 : static_cast<int>(ErrorCode::kInvalidData);
}

int run_new(Arguments& arguments) {
  require_no_dataset(arguments.target);
  require_own_folder(arguments.target, "--output");
  require_apart_from_files(arguments);
  take_spacing(arguments);
  arguments.intake.zero = zero_of(arguments.zero);
  remember_signals();
  const IntakePlan plan =
      plan_intake({arguments.files.begin(), arguments.files.end()}, arguments.plan);
  if (!arguments.json || !plan.findings.empty()) print_plan(plan, arguments.all);
  if (!plan.findings.empty()) refuse(plan);
  const IntakeReport report = make_with_progress(plan, arguments);
  if (arguments.dry_run) {
    print_dry_run(plan, report, arguments);
    return 0;
  }
  const Dataset made = read_dataset(arguments.target);
  const Findings findings = check_made(made);
  if (arguments.json) {
    print_report_json(plan, report, made, findings);
    return code_of(findings);
  }
  print_values(report);
  print_findings(report.findings, plan.list.root, arguments.all);
  print_findings(errors_of(findings), made.root, arguments.all);
  print_summary(made, arguments.target, findings);
  return code_of(findings);
}

void add_role_options(CLI::App& verb, PlanOptions& plan) {
  verb.add_option("--labels", plan.sources.labels,
                  "These are labels: files, folders or patterns such as '*_drawn*'")
      ->type_name("PATTERN")
      ->delimiter(',')
      ->allow_extra_args(false);
  verb.add_option("--images", plan.sources.images, "These are images")
      ->type_name("PATTERN")
      ->delimiter(',')
      ->allow_extra_args(false);
  verb.add_option("--pair", plan.pairs, "The labels of an image, where names do not say")
      ->type_name("IMAGE=LABELS")
      ->delimiter(',')
      ->allow_extra_args(false);
  verb.add_option("--channels", plan.channels,
                  "Words in the names that tell the channels of a case apart, in order: t1,flair")
      ->delimiter(',')
      ->allow_extra_args(false);
  verb.add_option("--only", plan.sources.only,
                  "Only images with this in their name or series description");
  verb.add_flag("--stack", plan.sources.stack,
                "The pictures of each folder are the slices of one scan");
  add_series(verb, plan.sources.series, plan.sources.merge_series);
}

void add_meaning_options(CLI::App& verb, Arguments& arguments) {
  verb.add_option("--map", arguments.intake.map,
                  "What values mean, comma separated: NEW is background, ignore or a name")
      ->type_name("OLD=NEW")
      ->delimiter(',')
      ->allow_extra_args(false);
  verb.add_option(
          "--zero", arguments.zero,
          "What 0 means: background; ignore, what nobody drew; slices, background in slices "
          "that hold something (default: judged file by file)")
      ->check(CLI::IsMember({"background", "ignore", "slices"}));
  verb.add_option("--spacing", arguments.spacing,
                  "Voxel size X,Y,Z in mm for files that do not say it; px: distances in pixels");
  verb.add_option("--assume", arguments.intake.assume,
                  "Files without orientation: \"spacing\" takes the array's own axes")
      ->check(CLI::IsMember({"spacing"}));
}

void add_split_options(CLI::App& verb, SplitOptions& split) {
  verb.add_option("--validation", split.validation, "Share of the labelled cases to validate on");
  verb.add_option("--seed", split.seed, "Of the choice of these cases");
  verb.add_option("--group", split.group,
                  "Cases whose names match the same text go together: '^[^_]*'")
      ->type_name("REGEX");
}

}  // namespace

void add_new(Program& program) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* verb = program.app.add_subcommand("new", "Make a dataset of loose images and labels");
  verb->add_option("files", arguments->files, "Files and folders; only read")->required();
  verb->add_option("-o,--output", arguments->target, "Dataset folder to create")->required();
  add_role_options(*verb, arguments->plan);
  add_meaning_options(*verb, *arguments);
  add_split_options(*verb, arguments->intake.split);
  verb->add_flag("--dry-run", arguments->dry_run,
                 "Only show which file and value would become what");
  verb->add_flag("--all", arguments->all, "List every file and finding");
  verb->add_flag("--json", arguments->json, "Print the report as JSON");
  verb->footer(
      "Examples:\n"
      "  Scans and ITK-SNAP drawings of one folder, 4 being background that was drawn:\n"
      "    medcl new scans -o mydata --map 4=background,1=RV,2=MYO,3=LV\n"
      "  Pictures and masks of 0 and 255, without a size of a pixel:\n"
      "    medcl new images masks -o mydata --map 255=nucleus --spacing px\n"
      "  What would become of the files:\n"
      "    medcl new scans -o mydata --dry-run");
  verb->callback([arguments, &program] { program.exit_code = run_new(*arguments); });
}

}  // namespace medcl
