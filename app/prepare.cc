// SPDX-License-Identifier: Apache-2.0
// medcl prepare: dataset -> prepared case store. Training does it by itself when needed.

#include <cstdio>
#include <memory>
#include <string>

#include "app/commands.h"
#include "app/option_flags.h"
#include "app/progress.h"
#include "medcl/dataset/case_store.h"

namespace medcl {
namespace {

struct Arguments {
  std::string dataset, folder;
  PrepareOptions options;
};

void run_prepare(const Arguments& arguments) {
  const Dataset dataset = read_dataset(arguments.dataset);
  Progress line(static_cast<std::int64_t>(dataset.cases.size()), "prepare", "case");
  const CaseStore store =
      CaseStore::build(dataset, arguments.options, arguments.folder,
                       [&line](std::int64_t done, std::int64_t) { line.update(done); });
  line.finish();
  std::int64_t slices = 0, labelled = 0;
  for (const StoredCase& one : store.cases()) {
    slices += one.slices;
    labelled += one.file.contains("labels") ? 1 : 0;
  }
  std::printf("%s: %zu cases (%lld with labels), %lld slices\n", arguments.folder.c_str(),
              store.cases().size(), static_cast<long long>(labelled),
              static_cast<long long>(slices));
}

}  // namespace

void add_prepare(Program& program) {
  auto arguments = std::make_shared<Arguments>();
  auto table = std::make_shared<OptionTable>();
  arguments->options.describe(*table);
  CLI::App* verb = program.app.add_subcommand("prepare", "Normalise and resample a dataset");
  verb->add_option("dataset", arguments->dataset, "Dataset folder")->required();
  verb->add_option("-o,--output", arguments->folder, "Folder of the prepared cases")->required();
  add_flags(*verb, table, "prepare.");
  verb->callback([arguments] { run_prepare(*arguments); });
}

}  // namespace medcl
