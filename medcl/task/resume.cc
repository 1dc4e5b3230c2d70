// SPDX-License-Identifier: Apache-2.0
#include "medcl/task/resume.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "medcl/core/error.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 17> kMayChange = {
    "dataset",         "train.steps",    "train.epochs",         "train.time_s",
    "train.patience",  "train.device",   "train.validate_every", "train.checkpoint_every",
    "train.precision", "train.fused",    "train.graphs",         "train.threads",
    "train.workers",   "sam.checkpoint", "train.memory_check",   "sam.clip",
    "sam.merges"};

bool may_change(const std::string& name) {
  return std::find(kMayChange.begin(), kMayChange.end(), name) != kMayChange.end();
}

}  // namespace

RunOptions options_as_written(const fs::path& run, const MoreOptions& more) {
  RunOptions options = resolve_options("", run / "config.toml", {}, more);
  if (options.prepare.orientation == "auto") options.prepare.orientation = "array";
  return options;
}

RunOptions options_of_run(const fs::path& run, const std::vector<std::string>& settings,
                          const MoreOptions& more) {
  const fs::path config = run / "config.toml";
  RunOptions options = resolve_options("", config, settings, more);
  if (options.dataset.empty()) {
    fail(ErrorCode::kIo, {.what = "holds no run: it does not name the dataset",
                          .where = config.string(),
                          .expected = "the file as `medcl train` wrote it",
                          .remedy = "restore it, or start a new run in another folder"});
  }
  options.dataset = fs::absolute(options.dataset).lexically_normal().string();
  if (options.prepare.orientation == "auto") {
    options.prepare.orientation = options_as_written(run, more).prepare.orientation;
  }
  return options;
}

void require_resumable(const OptionTable& kept, const OptionTable& wanted) {
  std::string names, values;
  for (const Option& option : kept.options()) {
    const std::string value = option.value_text();
    const Option* there_too = wanted.find(option.name);
    if (may_change(option.name) || there_too == nullptr || there_too->value_text() == value) {
      continue;  // one that is not there belongs to another network or method, which is named
    }
    names += (names.empty() ? "" : ", ") + option.name;
    values += (values.empty() ? "" : ", ") + value;
  }
  if (names.empty()) return;
  fail(ErrorCode::kUsage, {.what = "a run that goes on keeps this option",
                           .where = names,
                           .expected = values + ", as it began",
                           .remedy = "leave it out, or start a new run in another folder (-o)"});
}

}  // namespace medcl
