// SPDX-License-Identifier: Apache-2.0
#include "app/inputs.h"

#include <array>

#include "medcl/core/error.h"
#include "medcl/run/run_folder.h"

namespace medcl {

namespace fs = std::filesystem;

namespace {

constexpr std::array kDescriptions{"dataset.json", "splits_final.json", "categories.json"};
constexpr std::array kImages{"imagesTr", "imagesTs"};
constexpr std::array kLabels{"labelsTr", "labelsTs"};
constexpr std::array kOfAModel{"model.json", "weights.safetensors"};

bool holds(const fs::path& folder, const char* one, const char* another) {
  std::error_code unknown;
  return fs::exists(folder / one, unknown) && fs::exists(folder / another, unknown);
}

bool is_dataset(const fs::path& folder) { return holds(folder, "dataset.json", "imagesTr"); }
bool is_run(const fs::path& folder) { return holds(folder, "run.json", "config.toml"); }
bool is_model(const fs::path& folder) { return holds(folder, "model.json", "weights.safetensors"); }

/// The nearest folder of a kind that `path`, which may not exist yet, lies in; empty when it lies
/// in none.
fs::path folder_around(const fs::path& path, bool (*is_of_kind)(const fs::path&)) {
  std::error_code error;
  fs::path at = fs::weakly_canonical(path, error);
  while (!error && at != at.parent_path()) {
    at = at.parent_path();
    if (is_of_kind(at)) return at;
  }
  return {};
}

[[noreturn]] void refuse_output(const fs::path& output, const std::string& option,
                                const std::string& place) {
  fail(ErrorCode::kUsage, {.what = "the output " + place + ", whose files are inputs",
                           .where = option + " " + output.string(),
                           .expected = "a place of its own",
                           .found = {},
                           .remedy = "choose another output"});
}

void refuse_among_cases(const fs::path& output, const fs::path& dataset, const std::string& option,
                        bool may_be_labels) {
  for (const char* name : kImages) {
    if (lies_in(output, dataset / name))
      refuse_output(output, option, std::string("lies in ") + name);
  }
  for (const char* name : kLabels) {
    if (may_be_labels || !lies_in(output, dataset / name)) continue;
    refuse_output(output, option, std::string("lies in ") + name);
  }
}

void refuse_among_models(const fs::path& output, const std::string& option) {
  if (const fs::path run = folder_around(output, is_run); !run.empty()) {
    for (const char* name : names_in_runs()) {
      if (lies_in(output, run / name)) refuse_output(output, option, "is a file of a run");
    }
  }
  if (const fs::path model = folder_around(output, is_model); !model.empty()) {
    for (const char* name : kOfAModel) {
      if (lies_in(output, model / name)) refuse_output(output, option, "is a file of a model");
    }
  }
}

}  // namespace

void require_named(const fs::path& output, const std::string& option) {
  if (!output.empty()) return;
  fail(ErrorCode::kUsage, {.what = "an empty name",
                           .where = option,
                           .expected = "a path",
                           .found = "\"\"",
                           .remedy = "is a variable of the shell not set?"});
}

void require_own_file(const fs::path& output, const std::string& option, bool may_be_labels) {
  require_named(output, option);
  refuse_among_models(output, option);
  const fs::path dataset = folder_around(output, is_dataset);
  if (dataset.empty()) return;
  for (const char* name : kDescriptions) {
    if (lies_in(output, dataset / name)) refuse_output(output, option, "is that of a dataset");
  }
  refuse_among_cases(output, dataset, option, may_be_labels);
}

void require_own_folder(const fs::path& folder, const std::string& option) {
  require_named(folder, option);
  if (is_dataset(folder)) refuse_output(folder, option, "is a dataset");
  if (is_run(folder)) refuse_output(folder, option, "is a run");
  if (is_model(folder)) refuse_output(folder, option, "is a model");
  require_own_file(folder / "output", option);
}

void add_dataset(const fs::path& root, OutputGuard& guard) {
  for (const char* name : kDescriptions) guard.add_input(root / name);
  for (const char* name : kImages) guard.add_input(root / name);
  for (const char* name : kLabels) guard.add_input(root / name);
}

bool lies_in(const fs::path& path, const fs::path& folder) {
  std::error_code error;
  const fs::path whole = fs::weakly_canonical(folder, error).lexically_normal();
  for (fs::path at = fs::weakly_canonical(path, error).lexically_normal(); !error;
       at = at.parent_path()) {
    if (at == whole) return true;
    if (at == at.parent_path()) break;
  }
  return false;
}

void require_apart(const fs::path& folder, const fs::path& dataset, const std::string& option) {
  if (lies_in(folder, dataset) && lies_in(dataset, folder)) {
    refuse_output(folder, option, "is the dataset itself");
  }
  refuse_among_cases(folder, dataset, option, /*may_be_labels=*/false);
}

void add_model(const fs::path& path, OutputGuard& guard) {
  std::error_code error;
  if (!fs::is_directory(path, error)) {
    guard.add_input(path);
    return;
  }
  for (const fs::path& folder : {path, path / "best"}) {
    guard.add_input(folder / "weights.safetensors");
    guard.add_input(folder / "model.json");
  }
}

}  // namespace medcl
