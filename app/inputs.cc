// SPDX-License-Identifier: Apache-2.0
#include "app/inputs.h"

namespace medcl {

namespace fs = std::filesystem;

void add_dataset(const fs::path& root, OutputGuard& guard) {
  for (const char* name : {"dataset.json", "splits_final.json", "categories.json", "imagesTr",
                           "labelsTr", "imagesTs", "labelsTs"}) {
    guard.add_input(root / name);
  }
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
