// SPDX-License-Identifier: Apache-2.0
#include "medcl/format/tensor_file.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "medcl/format/torch_checkpoint.h"

namespace medcl {

bool is_tensor_path(const std::filesystem::path& path) {
  constexpr std::array kExtensions = {".safetensors", ".pth", ".pt", ".ckpt", ".bin"};
  return std::any_of(kExtensions.begin(), kExtensions.end(),
                     [&](const char* known) { return path.extension() == known; });
}

TensorFile open_tensor_file(const std::filesystem::path& path) {
  if (path.extension() != ".safetensors") return open_torch_checkpoint(path);
  auto file = std::make_shared<const SafetensorsFile>(SafetensorsFile::open(path));
  return {"safetensors", file->tensors(), file->metadata(), {file}};
}

std::string canonical_name(const std::string& name) {
  std::string_view rest = name;
  for (const std::string_view wrapper : {"model.", "state_dict."}) {
    if (rest.starts_with(wrapper)) {
      rest.remove_prefix(wrapper.size());
      break;
    }
  }
  constexpr std::string_view kParallel = "module.";
  if (rest.starts_with(kParallel)) rest.remove_prefix(kParallel.size());
  return std::string(rest);
}

}  // namespace medcl
