// SPDX-License-Identifier: Apache-2.0
#pragma once

// The stream that torch.save wrote before version 1.6: five pickles (magic number, version, system,
// object, keys), then for each key the number of elements and the elements. Part of
// torch_checkpoint. Source: _legacy_save in torch/serialization.py of PyTorch 1.13.

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "medcl/format/torch_pickle.h"

namespace medcl {

struct TorchLegacy {
  TorchPickle pickle;
  std::map<std::string_view, std::span<const std::uint8_t>> storages;
};

/// `bytes` must outlive the result. @throws Error(kIo)
TorchLegacy read_torch_legacy(std::span<const std::uint8_t> bytes, const std::string& name);

}  // namespace medcl
