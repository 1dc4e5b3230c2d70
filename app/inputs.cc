// SPDX-License-Identifier: Apache-2.0
#include "app/inputs.h"

#include "medcl/core/error.h"

namespace medcl {

namespace fs = std::filesystem;

void add_dataset(const fs::path& root, OutputGuard& guard) {
  for (const char* name : {"dataset.json", "splits_final.json", "categories.json", "imagesTr",
                           "labelsTr", "imagesTs", "labelsTs"}) {
    guard.add_input(root / name);
  }
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
