// SPDX-License-Identifier: Apache-2.0
// medcl prepare: dataset -> prepared case store. Training does it by itself when needed.

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "app/commands.h"
#include "app/inputs.h"
#include "app/option_flags.h"
#include "app/progress.h"
#include "app/signals.h"
#include "medcl/core/error.h"
#include "medcl/core/file_kind.h"
#include "medcl/core/file_system.h"
#include "medcl/core/log.h"
#include "medcl/core/output_guard.h"
#include "medcl/dataset/case_files.h"
#include "medcl/dataset/case_store.h"
#include "medcl/dataset/habit_findings.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

struct Arguments {
  std::string dataset, folder;
  PrepareOptions options;
};

/// Also when it is damaged: then it is made anew.
bool is_prepared_case(const fs::path& path) {
  constexpr std::uint64_t kHeaderBytes = std::uint64_t{1} << 16;
  const std::vector<std::uint8_t> bytes = read_file_start(path, kHeaderBytes);
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const auto holds = [text](std::string_view words) { return text.find(words) != text.npos; };
  return holds("\"__metadata__\"") && holds("\"key\"") && holds("\"case\"");
}

/// Stale prepared cases are made anew; files of others that have such a name stay.
void claim_outputs(const Dataset& dataset, const fs::path& folder, OutputGuard& guard) {
  require_apart(folder, dataset.root, "--output");
  require_own_folder(folder, "--output");
  add_dataset(dataset.root, guard);
  guard.require_folder(folder);
  for (const Case& one : dataset.cases) {
    const fs::path path = folder / (one.id + ".safetensors");
    if (file_status(path).kind == FileKind::kFile && is_prepared_case(path)) {
      guard.allow_replacing(path);
    }
    guard.require_file(path);
  }
}

void print_habits(const Dataset& dataset, const CaseStore& store) {
  for (const Finding& one : habit_findings(dataset, store.habits())) {
    log(LogLevel::kWarning, to_line(one.problem));
  }
}

void print_kept(const CaseStore& store, const Dataset& dataset, double spacing_mm) {
  if (spacing_mm <= 0) return;
  const KeptReport kept = describe_kept(store.kept_classes(), dataset.labels, spacing_mm,
                                        units_of(dataset.description));
  if (kept.lost) {
    log(LogLevel::kWarning, kept.line);
  } else {
    std::printf("%s\n", kept.line.c_str());
  }
}

void run_prepare(const Arguments& arguments) {
  remember_signals();
  const Dataset dataset = read_dataset(arguments.dataset);
  require_sound_listing(dataset);
  OutputGuard guard(/*may_replace=*/false, "it is no prepared case: choose another folder");
  claim_outputs(dataset, arguments.folder, guard);
  Progress line(static_cast<std::int64_t>(dataset.cases.size()), "prepare", "case");
  const CaseStore store = CaseStore::build(dataset, arguments.options, arguments.folder,
                                           [&line](std::int64_t done, std::int64_t) {
                                             stop_if_asked();
                                             line.update(done);
                                           });
  line.finish();
  std::int64_t slices = 0;
  for (const StoredCase& one : store.cases()) slices += one.slices;
  std::printf("%s: %s, %lld slices, axes %s\n", arguments.folder.c_str(),
              counted_cases(dataset.cases).c_str(), static_cast<long long>(slices),
              store.options().orientation.c_str());
  print_habits(dataset, store);
  print_kept(store, dataset, arguments.options.spacing_mm);
}

}  // namespace

void add_prepare(Program& program) {
  auto arguments = std::make_shared<Arguments>();
  auto table = std::make_shared<OptionTable>();
  arguments->options.describe(table->scope("prepare"));
  CLI::App* verb = program.app.add_subcommand("prepare", "Normalise and resample a dataset");
  verb->add_option("dataset", arguments->dataset, "Dataset folder")->required();
  verb->add_option("-o,--output", arguments->folder, "Folder of the prepared cases")->required();
  add_flags(*verb, table, "prepare.");
  verb->callback([arguments] { run_prepare(*arguments); });
}

}  // namespace medcl
