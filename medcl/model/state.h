// SPDX-License-Identifier: Apache-2.0
#pragma once

// Named tensors of a module, to and from safetensors files.

#include <torch/torch.h>

#include <filesystem>
#include <map>
#include <string>

#include "medcl/format/safetensors.h"

namespace medcl {

using NamedTensors = std::map<std::string, torch::Tensor>;

/// Parameters and buffers by their dotted name (no copies; detached).
NamedTensors state_of(const torch::nn::Module& module);
/// Copies values into the module. @throws Error(kModelMismatch) naming missing, unexpected and
/// misshaped entries.
void load_state(torch::nn::Module& module, const NamedTensors& state, const std::string& where);

/// The part of `state` that the module has tensors for, cut to the first dimension of those: the
/// weights of a network that gave a method more outputs, heads and decoders become those of a
/// network of the classes alone.
NamedTensors first_outputs(const NamedTensors& state, const torch::nn::Module& module);

/// F32, F64, BF16, F16, I64, U8 and so on; tensors are made contiguous and moved to the CPU.
void write_tensors(const std::filesystem::path& path, const NamedTensors& tensors,
                   const std::map<std::string, std::string>& metadata = {});
/// Copies out of the file (or, with `borrow`, views into it, valid while `file` lives).
NamedTensors to_tensors(const SafetensorsFile& file, bool borrow = false);
NamedTensors to_tensors(const std::map<std::string, TensorView>& views, bool borrow = false);
torch::ScalarType to_torch(DType dtype);

}  // namespace medcl
