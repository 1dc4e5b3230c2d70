// SPDX-License-Identifier: Apache-2.0
// medcl pretrain: an image encoder for MedCL-SAM from images alone.

#include "medcl/training/pretrain.h"

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "app/commands.h"
#include "app/inputs.h"
#include "app/option_flags.h"
#include "app/progress.h"
#include "app/signals.h"
#include "medcl/core/error.h"
#include "medcl/core/output_guard.h"
#include "medcl/dataset/case_files.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

struct Arguments {
  std::string dataset, output, preset = "sam-phantom", config, cache;
  std::vector<std::string> settings;
  bool force = false;
  PretrainOptions options;
};

void check_output(const Arguments& arguments, OutputGuard& guard) {
  if (fs::path(arguments.output).extension() != ".safetensors") {
    fail(ErrorCode::kUsage, {"wrong ending", "--output", ".safetensors", arguments.output, ""});
  }
  add_dataset(arguments.dataset, guard);
  if (!arguments.config.empty()) guard.add_input(arguments.config);
  guard.require_file(arguments.output);
}

void run_pretrain(const Arguments& arguments, Program& program) {
  OutputGuard guard(arguments.force);
  check_output(arguments, guard);
  RunOptions options = resolve_options(arguments.preset, arguments.config, arguments.settings);
  options.dataset = fs::absolute(arguments.dataset).lexically_normal().string();
  settle_options(options);
  const Dataset dataset = read_dataset(options.dataset);
  warn_of_listing(dataset);
  const fs::path cache = arguments.cache.empty() ? arguments.output + ".prepared" : arguments.cache;
  require_apart(cache, options.dataset, "--cache");
  guard.require_folder(cache);
  remember_signals();
  Progress preparing(static_cast<std::int64_t>(dataset.cases.size()), "preparing", "case");
  Progress line(arguments.options.steps, "pre-training", "step");
  const PretrainResult result = pretrain_encoder(
      dataset, options, arguments.options, cache,
      [&](std::int64_t step, double loss) {
        preparing.finish();
        char text[32];
        std::snprintf(text, sizeof text, "loss %.4f", loss);
        line.update(step, text);
        return remembered_signal() == 0;
      },
      [&preparing](std::int64_t done, std::int64_t) { preparing.update(done); });
  line.finish();
  guard.write(arguments.output, [&](const fs::path& draft) { write_pretrained(draft, result); });
  std::printf("%s: %lld steps in %s, loss %.4f -> %.4f\n", arguments.output.c_str(),
              static_cast<long long>(result.steps), duration_text(result.seconds).c_str(),
              result.first_loss, result.last_loss);
  if (remembered_signal() != 0) {
    program.exit_code = 128 + remembered_signal();
    std::fprintf(stderr, "stopped early; what was learned until then is in the file\n");
    return;
  }
  std::printf("next: medcl train %s -o RUN --preset %s --set sam.checkpoint=%s\n",
              arguments.dataset.c_str(), arguments.preset.c_str(), arguments.output.c_str());
}

}  // namespace

void add_pretrain(Program& program) {
  auto arguments = std::make_shared<Arguments>();
  auto table = std::make_shared<OptionTable>();
  arguments->options.describe(table->scope("pretrain"));
  CLI::App* verb = program.app.add_subcommand(
      "pretrain", "Teach a small SAM encoder to paint hidden patches of the training images");
  verb->add_option("dataset", arguments->dataset, "Folder of the dataset")->required();
  verb->add_option("-o,--output", arguments->output, "The .safetensors file to write")->required();
  verb->add_option("--preset", arguments->preset, "Preset with a SAM")->capture_default_str();
  verb->add_option("--config", arguments->config, "TOML file, applied over the preset");
  verb->add_option("--cache", arguments->cache, "Folder of prepared cases");
  verb->add_option("--set", arguments->settings, "Any setting of train")->type_name("KEY=VALUE");
  verb->add_flag("--force", arguments->force, "Replace an existing file");
  add_flags(*verb, table, "pretrain.");
  verb->callback([arguments, &program] { run_pretrain(*arguments, program); });
}

}  // namespace medcl
