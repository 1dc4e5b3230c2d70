// SPDX-License-Identifier: Apache-2.0
#pragma once

// Checkpoints of PyTorch (.pth, .pt): tensors by name, without running what is in them.
//
// Source: torch/serialization.py and torch/csrc/jit/serialization of PyTorch 1.13 and 2.6. Read are
// the zip archive (since 1.6), the older stream, and TorchScript archives (parameters and buffers;
// the code in them, which may be compressed, is not looked at). Of Python objects only what
// torch.save writes for tensors, parameters, dicts, lists, numbers and texts; everything else is
// refused by name.
//
// Every size is checked against the length of the file before memory is taken. Tensors together
// may have at most 8 MiB and 8 times the length of the file (views can repeat elements), so that no
// small file grows into a large one. Row-major tensors are views of the mapped file; others are
// copied.

#include <filesystem>
#include <span>
#include <string>

#include "medcl/format/tensor_file.h"

namespace medcl {

/// Opens a file; names are full paths ("model.module.conv.weight", "optimizer.state.0.exp_avg");
/// see canonical_name. @throws Error(kIo) naming the file and what was expected.
TensorFile open_torch_checkpoint(const std::filesystem::path& path);
/// Reads bytes in memory, which are copied. @throws as open_torch_checkpoint.
TensorFile parse_torch_checkpoint(std::span<const std::uint8_t> bytes, const std::string& name);

}  // namespace medcl
