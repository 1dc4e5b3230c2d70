// SPDX-License-Identifier: Apache-2.0
#pragma once

// Named tensors of a file, whatever its container: safetensors or a PyTorch checkpoint.

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "medcl/format/safetensors.h"

namespace medcl {

struct TensorFile {
  /// The kind of file: "safetensors", "PyTorch zip archive", "TorchScript archive" or "PyTorch
  /// legacy stream".
  std::string container;
  std::map<std::string, TensorView> tensors;  ///< valid as long as this object or a copy lives
  std::map<std::string, std::string> metadata;
  std::vector<std::shared_ptr<const void>> owners;
};

/// Whether the name ends as those of such files do: .safetensors, .pth, .pt, .ckpt or .bin.
bool is_tensor_path(const std::filesystem::path& path);

/// Opens .safetensors as such, a file of any other name as a PyTorch checkpoint. @throws Error(kIo)
/// naming the file, and the part of it that is broken or not allowed.
TensorFile open_tensor_file(const std::filesystem::path& path);

/// The name of a tensor without what training loops put around a model: a leading "model." or
/// "state_dict.", and then a leading "module." (DistributedDataParallel).
std::string canonical_name(const std::string& name);

}  // namespace medcl
