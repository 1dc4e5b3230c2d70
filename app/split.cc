// SPDX-License-Identifier: Apache-2.0
// medcl split: which cases of a dataset are validated on.

#include <cstdio>
#include <memory>
#include <set>

#include "app/commands.h"
#include "app/table.h"
#include "medcl/core/error.h"
#include "medcl/core/names.h"
#include "medcl/core/output_guard.h"
#include "medcl/dataset/make_splits.h"
#include "medcl/format/json_text.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

struct Arguments {
  std::string dataset;
  SplitOptions options;
  bool force = false, json = false;
};

void print_splits(const std::vector<Split>& splits) {
  Table table{"", {"split", "validation", "train on"}, {}, 2};
  for (std::size_t n = 0; n < splits.size(); ++n) {
    const std::vector<std::string>& ids = splits[n].validation;
    table.rows.push_back({std::to_string(n), join_names({ids.begin(), ids.end()}),
                          std::to_string(splits[n].train.size())});
  }
  print_table(table);
}

void run_split(const Arguments& arguments) {
  const Dataset dataset = read_dataset(arguments.dataset);
  const fs::path file = fs::path(arguments.dataset) / "splits_final.json";
  OutputGuard guard(arguments.force);
  guard.require_file(file);
  std::vector<SplitCase> cases;
  for (const Case& one : dataset.cases) cases.push_back({one.id, one.labels.has_value()});
  const std::vector<Split> splits = make_splits(cases, arguments.options);
  if (splits.empty()) {
    fail(ErrorCode::kInvalidData,
         {"nothing to validate on", arguments.dataset, "two labelled cases or groups",
          counted_cases(dataset.cases), "of one scan, medcl new holds slices back"});
  }
  guard.write(file, [&](const fs::path& draft) { write_json(draft, splits_to_json(splits)); });
  if (arguments.json) {
    std::printf("%s\n", json_text(splits_to_json(splits), 2).c_str());
    return;
  }
  print_splits(splits);
  print_wrapped(file.string() + ": train with --set train.split=N for another than split 0");
}

}  // namespace

void add_split(Program& program) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* verb =
      program.app.add_subcommand("split", "Choose the cases of a dataset to validate on");
  verb->add_option("dataset", arguments->dataset, "Dataset folder; splits_final.json is written")
      ->required();
  CLI::Option* folds = verb->add_option("--folds", arguments->options.folds,
                                        "Validate on every labelled case once, in so many splits");
  verb->add_option("--validation", arguments->options.validation,
                   "Share of the labelled cases to validate on")
      ->excludes(folds);
  verb->add_option("--seed", arguments->options.seed, "Of the random order of the cases");
  verb->add_option("--group", arguments->options.group,
                   "Cases whose names match the same text go together: '^[^_]*'")
      ->type_name("REGEX");
  verb->add_flag("--force", arguments->force, "Replace existing splits");
  verb->add_flag("--json", arguments->json, "Print the splits as JSON");
  verb->callback([arguments] { run_split(*arguments); });
}

}  // namespace medcl
