// SPDX-License-Identifier: Apache-2.0
// medcl phantom: writes a synthetic cardiac dataset.

#include "medcl/dataset/phantom.h"

#include <memory>
#include <string>

#include "app/commands.h"
#include "app/inputs.h"
#include "app/option_flags.h"
#include "app/progress.h"
#include "app/signals.h"
#include "app/table.h"
#include "medcl/core/counted.h"

namespace medcl {
namespace {

struct Arguments {
  std::string target;
  PhantomDatasetOptions options;
};

void run_phantom(const Arguments& arguments) {
  const PhantomDatasetOptions& options = arguments.options;
  require_own_folder(arguments.target, "TARGET");
  remember_signals();
  Progress line(options.scribbled + options.unlabelled + options.validation + options.test,
                "phantoms", "case");
  const Dataset dataset =
      write_phantom_dataset(arguments.target, options, [&line](std::int64_t done, std::int64_t) {
        stop_if_asked();
        line.update(done);
      });
  line.finish();
  print_wrapped(arguments.target + ": " + counted(dataset.cases.size(), "case") +
                " to train and validate on (" + std::to_string(options.scribbled) + " scribbled, " +
                std::to_string(options.unlabelled) + " unlabelled, " +
                std::to_string(options.validation) + " for validation), " +
                std::to_string(dataset.test_cases.size()) + " to test");
}

}  // namespace

void add_phantom(Program& program) {
  auto arguments = std::make_shared<Arguments>();
  auto table = std::make_shared<OptionTable>();
  arguments->options.describe(*table);
  CLI::App* verb = program.app.add_subcommand("phantom", "Write a synthetic cardiac dataset");
  verb->add_option("target", arguments->target, "Folder to create")->required();
  add_flags(*verb, table, "phantom.");
  add_flags(*verb, table, "scribble.", "scribble-");
  verb->callback([arguments] { run_phantom(*arguments); });
}

}  // namespace medcl
