// SPDX-License-Identifier: Apache-2.0
// medcl convert: weights of PyTorch, or of any safetensors file, as safetensors with plain names.

#include <cstdio>
#include <memory>
#include <optional>

#include "app/commands.h"
#include "app/inputs.h"
#include "medcl/core/error.h"
#include "medcl/core/input_file.h"
#include "medcl/core/output_guard.h"
#include "medcl/format/json_text.h"
#include "medcl/format/tensor_file.h"
#include "medcl/format/tensor_report.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

struct Arguments {
  std::string input, output, like, strip;
  bool force = false, json = false;
};

/// A file with tensors, a model folder or a run folder.
TensorFile open_wanted(const fs::path& path) {
  for (const fs::path& folder : {path, path / "best"}) {
    const fs::path weights = folder / "weights.safetensors";
    if (is_file(weights)) return open_tensor_file(weights);
  }
  return open_tensor_file(path);
}

void check_output(const Arguments& arguments, OutputGuard& guard) {
  if (fs::path(arguments.output).extension() != ".safetensors") {
    fail(ErrorCode::kUsage,
         {"wrong ending of the output", arguments.output, ".safetensors", "", ""});
  }
  guard.add_input(arguments.input);
  if (!arguments.like.empty()) add_model(arguments.like, guard);
  guard.require_file(arguments.output);
  require_own_file(arguments.output, "OUTPUT");
}

void print_report(const TensorReport& report) {
  for (const std::string& name : report.missing) {
    std::printf("missing: %s\n", one_line(name).c_str());
  }
  for (const auto& one : report.misshaped) {
    std::printf("misshaped: %s (expected %s, found %s)\n", one_line(one.name).c_str(),
                one.expected.c_str(), one.found.c_str());
  }
  for (const std::string& name : report.unexpected) {
    std::printf("left out: %s\n", one_line(name).c_str());
  }
}

void print_result(const Arguments& arguments, const TensorFile& input, const TensorMap& tensors,
                  const std::optional<TensorReport>& report) {
  const bool written = !report || report->fits();
  const std::int64_t parameters = element_count(tensors);
  if (arguments.json) {
    Json json = {{"container", input.container},
                 {"tensors", tensors.size()},
                 {"parameters", parameters},
                 {"output", written ? Json(arguments.output) : Json()}};
    if (report) json.update(report->to_json());
    std::printf("%s\n", json_text(json, 2).c_str());
    return;
  }
  if (report) print_report(*report);
  if (written) {
    std::printf("%s: %zu tensors, %lld parameters\n", arguments.output.c_str(), tensors.size(),
                static_cast<long long>(parameters));
  } else {
    std::printf("%s does not fit %s: %zu missing, %zu misshaped; nothing was written\n",
                arguments.input.c_str(), arguments.like.c_str(), report->missing.size(),
                report->misshaped.size());
  }
}

int run_convert(const Arguments& arguments, const std::optional<std::string>& prefix) {
  OutputGuard guard(arguments.force);
  check_output(arguments, guard);
  const TensorFile input = open_tensor_file(arguments.input);
  TensorMap tensors = rename_tensors(input.tensors, prefix, arguments.input);
  std::optional<TensorReport> report;
  if (!arguments.like.empty()) {
    report = compare_tensors(tensors, open_wanted(arguments.like).tensors);
    for (const std::string& name : report->unexpected) tensors.erase(name);
  }
  const bool fits = !report || report->fits();
  if (fits) {
    auto metadata = input.metadata;
    metadata.emplace("format", "pt");
    guard.write(arguments.output,
                [&](const fs::path& draft) { write_safetensors(draft, tensors, metadata); });
  }
  print_result(arguments, input, tensors, report);
  return fits ? 0 : static_cast<int>(ErrorCode::kModelMismatch);
}

}  // namespace

void add_convert(Program& program) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* verb =
      program.app.add_subcommand("convert", "Turn weights of PyTorch into safetensors");
  verb->add_option("input", arguments->input, "Checkpoint (.pth, .pt) or .safetensors file")
      ->required();
  verb->add_option("output", arguments->output, "The .safetensors file to write")->required();
  verb->add_option("--like", arguments->like,
                   "Model, run folder or file with tensors whose names and shapes are needed; "
                   "other tensors are left out");
  const CLI::Option* strip =
      verb->add_option("--strip", arguments->strip,
                       "Prefix to remove from names (default: model., state_dict. and module.)");
  verb->add_flag("--force", arguments->force, "Replace an existing file");
  verb->add_flag("--json", arguments->json, "Print JSON");
  verb->callback([arguments, strip, &program] {
    const bool given = strip->count() > 0;
    program.exit_code =
        run_convert(*arguments, given ? std::optional(arguments->strip) : std::nullopt);
  });
}

}  // namespace medcl
