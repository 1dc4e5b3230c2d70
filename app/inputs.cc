// SPDX-License-Identifier: Apache-2.0
#include "app/inputs.h"

#include <array>

#include "medcl/core/error.h"

namespace medcl {

namespace fs = std::filesystem;

namespace {

constexpr std::array kDescriptions{"dataset.json", "splits_final.json", "categories.json"};
constexpr std::array kImages{"imagesTr", "imagesTs"};
constexpr std::array kLabels{"labelsTr", "labelsTs"};

bool is_dataset(const fs::path& folder) {
  std::error_code unknown;
  return fs::exists(folder / "dataset.json", unknown) && fs::exists(folder / "imagesTr", unknown);
}

/// The dataset that `path`, which may not exist yet, lies in; empty when it lies in none.
fs::path dataset_around(const fs::path& path) {
  std::error_code error;
  fs::path at = fs::weakly_canonical(path, error);
  while (!error && at != at.parent_path()) {
    at = at.parent_path();
    if (is_dataset(at)) return at;
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

}  // namespace

void require_no_file_of_a_dataset(const fs::path& output, const std::string& option,
                                  bool may_be_labels) {
  const fs::path dataset = dataset_around(output);
  if (dataset.empty()) return;
  for (const char* name : kDescriptions) {
    if (lies_in(output, dataset / name)) refuse_output(output, option, "is that of a dataset");
  }
  for (const char* name : kImages) {
    if (lies_in(output, dataset / name))
      refuse_output(output, option, std::string("lies in ") + name);
  }
  for (const char* name : kLabels) {
    if (may_be_labels || !lies_in(output, dataset / name)) continue;
    refuse_output(output, option, std::string("lies in ") + name);
  }
}

void require_no_folder_of_a_dataset(const fs::path& folder, const std::string& option) {
  if (is_dataset(folder)) refuse_output(folder, option, "is a dataset");
  require_no_file_of_a_dataset(folder / "output", option);
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
  std::string place;
  for (const char* name : {"imagesTr", "labelsTr", "imagesTs", "labelsTs"}) {
    if (lies_in(folder, dataset / name)) place = std::string("lies in ") + name;
  }
  if (lies_in(folder, dataset) && lies_in(dataset, folder)) place = "is the dataset itself";
  if (place.empty()) return;
  fail(ErrorCode::kUsage, {.what = "the output " + place + ", whose files are inputs",
                           .where = option + " " + folder.string(),
                           .expected = "a folder of its own",
                           .found = {},
                           .remedy = "choose another output"});
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
