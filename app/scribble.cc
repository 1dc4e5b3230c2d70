// SPDX-License-Identifier: Apache-2.0
// medcl scribble: draws what a person would scribble on dense labels.

#include "medcl/dataset/scribble.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/commands.h"
#include "app/inputs.h"
#include "app/option_flags.h"
#include "app/progress.h"
#include "app/signals.h"
#include "app/table.h"
#include "medcl/core/error.h"
#include "medcl/core/log.h"
#include "medcl/core/output_guard.h"
#include "medcl/dataset/dataset.h"
#include "medcl/dataset/scribbled_dataset.h"
#include "medcl/image/volume_io.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

struct Arguments {
  std::string dataset, labels, output;
  std::optional<std::int32_t> ignore;
  bool force = false, as_dataset = false;
  ScribbleOptions options{.background_gap_share = 0.2, .background_each = true};
};

double share_annotated(const Labels& scribbles, std::int32_t ignore) {
  const auto ignored = std::count(scribbles.voxels.begin(), scribbles.voxels.end(), ignore);
  return 1.0 - static_cast<double>(ignored) / static_cast<double>(scribbles.voxels.size());
}

/// A file of scribbles and how much of it is drawn.
struct Written {
  fs::path path;
  double share = 0;
};

void print_written(const std::vector<Written>& files, std::int32_t ignore) {
  Table table{"", {"scribbles", "annotated voxels %"}, {}, 1};
  for (const Written& one : files) {
    table.rows.push_back({one.path.string(), number_text(100 * one.share, 2)});
  }
  print_table(table);
  std::printf("not annotated: %d\n", ignore);
}

void scribble_file(const Arguments& arguments) {
  (void)writable_ending(arguments.output);  // refuses before anything is computed
  OutputGuard guard(arguments.force);
  guard.add_input(arguments.labels);
  guard.require_file(arguments.output);
  require_own_file(arguments.output, "--output", /*may_be_labels=*/true);
  const Loaded<std::int32_t> dense = read_labels(arguments.labels);
  const ScribbleLabels labels =
      labels_for_scribbles(dense.volume, arguments.labels, arguments.ignore);
  const LabelMap& map = labels.map;
  if (!labels.assumed.empty()) {
    log(LogLevel::kWarning, arguments.labels + ": " + labels.assumed);
  }
  const Labels scribbles =
      simulate_scribbles(dense.volume, map, arguments.options,
                         case_key_of(split_image_name(arguments.labels).stem), arguments.labels);
  guard.write(arguments.output,
              [&](const fs::path& draft) { write_labels(draft, scribbles, dense.source); });
  print_written({{arguments.output, share_annotated(scribbles, *map.ignore_value)}},
                *map.ignore_value);
}

fs::path target_of(const Case& one, const Dataset& dataset, const Arguments& arguments) {
  return fs::path(arguments.output) / (one.id + dataset.file_ending);
}

std::optional<Written> scribble_case(const Arguments& arguments, const Case& one,
                                     const Dataset& dataset, const LabelMap& map,
                                     const OutputGuard& guard) {
  if (!one.labels) {
    log(LogLevel::kWarning, one.id + ": no labels, no scribbles");
    return {};
  }
  const Loaded<std::int32_t> dense = read_labels(*one.labels);
  if (share_annotated(dense.volume, *map.ignore_value) < 1) {
    log(LogLevel::kWarning, one.id + ": labels are not dense, skipped");
    return {};
  }
  const fs::path target = target_of(one, dataset, arguments);
  const Labels scribbles = simulate_scribbles(dense.volume, map, arguments.options,
                                              case_key_of(one.id), one.labels->string());
  guard.write(target, [&](const fs::path& draft) { write_labels(draft, scribbles, dense.source); });
  return Written{target, share_annotated(scribbles, *map.ignore_value)};
}

void scribble_dataset(const Arguments& arguments) {
  const Dataset dataset = read_dataset(arguments.dataset);
  const LabelMap map = with_ignore(dataset.labels);
  OutputGuard guard(arguments.force);
  require_apart(arguments.output, arguments.dataset, "--output");
  add_dataset(arguments.dataset, guard);
  guard.require_folder(arguments.output);
  for (const Case& one : dataset.cases) {
    if (one.labels) guard.require_file(target_of(one, dataset, arguments));
  }
  remember_signals();
  Progress line(static_cast<std::int64_t>(dataset.cases.size()), "scribbles", "case");
  std::int64_t done = 0;
  std::vector<Written> files;
  for (const Case& one : dataset.cases) {
    stop_if_asked();
    if (auto written = scribble_case(arguments, one, dataset, map, guard)) {
      files.push_back(std::move(*written));
    }
    line.update(++done, one.id);
  }
  line.finish();
  print_written(files, *map.ignore_value);
}

/// A dataset that can be trained on: images, test cases and what is known beside the labels stay.
void scribble_as_dataset(const Arguments& arguments) {
  const Dataset dataset = read_dataset(arguments.dataset);
  require_apart(arguments.output, arguments.dataset, "--output");
  require_own_folder(arguments.output, "--output");
  remember_signals();
  Progress line(static_cast<std::int64_t>(dataset.cases.size()), "scribbles", "case");
  const ScribbledDataset made =
      write_scribbled_dataset(dataset, arguments.options, arguments.output,
                              [&](std::int64_t done, std::int64_t, const std::string& id) {
                                stop_if_asked();
                                line.update(done, id);
                              });
  line.finish();
  Table table{"", {"scribbles", "annotated voxels %"}, {}, 1};
  for (const auto& [id, share] : made.annotated_share) {
    table.rows.push_back({id, number_text(100 * share, 2)});
  }
  print_table(table);
  print_wrapped(arguments.output + ": " + counted_cases(made.dataset.cases) + ", " +
                std::to_string(made.annotated_share.size()) + " of them scribbled");
}

}  // namespace

void add_scribble(Program& program) {
  auto arguments = std::make_shared<Arguments>();
  auto table = std::make_shared<OptionTable>();
  arguments->options.describe(table->scope("scribble"));
  CLI::App* verb = program.app.add_subcommand("scribble", "Simulate scribbles on dense labels");
  CLI::Option* dataset = verb->add_option("--dataset", arguments->dataset,
                                          "Dataset whose label files are scribbled on");
  CLI::Option* labels =
      verb->add_option("--labels", arguments->labels, "One dense label file")->excludes(dataset);
  verb->add_option("-o,--output", arguments->output,
                   "Label file to write; with --dataset a folder of label files")
      ->required();
  verb->add_option("--ignore", arguments->ignore,
                   "With --labels: value of voxels that nobody drew on (default: that of "
                   "dataset.json beside the folder of the file, else the highest value + 1)")
      ->needs(labels)
      ->check(CLI::Range(1, 65535));
  CLI::Option* force = verb->add_flag("--force", arguments->force, "Replace existing outputs");
  verb->add_flag(
          "--as-dataset", arguments->as_dataset,
          "With --dataset: write a dataset that can be trained on; validation and test cases "
          "keep their masks")
      ->needs(dataset)
      ->excludes(force);
  add_flags(*verb, table, "scribble.");
  verb->callback([arguments, labels, dataset] {
    if (labels->count() + dataset->count() == 0) {
      fail(ErrorCode::kUsage, {.what = "nothing to scribble on",
                               .where = "--dataset, --labels",
                               .expected = "one of them"});
    }
    if (arguments->as_dataset) return scribble_as_dataset(*arguments);
    labels->count() > 0 ? scribble_file(*arguments) : scribble_dataset(*arguments);
  });
}

}  // namespace medcl
