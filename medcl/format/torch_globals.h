// SPDX-License-Identifier: Apache-2.0
#pragma once

// The Python objects that a checkpoint may name, and what becomes of a call of one of them. Part of
// torch_pickle.

#include <string>
#include <string_view>

#include "medcl/format/torch_pickle.h"

namespace medcl {

enum class TorchGlobal : std::uint32_t {
  kOrderedDict,
  kSize,
  kStorageType,
  kUntypedStorage,
  kDType,
  kTensorType,
  kRebuildTensor,
  kRebuildTensorV2,
  kRebuildTensorV3,
  kRebuildParameter,
  kRebuildFromType,
  kScriptClass,
  kScriptList,
};

/// The object `module`.`name` as a value. @throws Error(kIo) that names it when it is not in the
/// closed set.
PickleValue torch_global(std::string_view module, std::string_view name, bool script,
                         const std::string& where);

/// Callable with arguments (a tuple), as an entry of the tables. @throws Error(kIo)
PickleValue call_torch_global(TorchPickle& pickle, PickleValue callable, PickleValue arguments,
                              const std::string& where);

/// ("storage", type, key, location, count[, None]). @throws Error(kIo)
PickleValue torch_storage(TorchPickle& pickle, PickleValue persistent_id, const std::string& where);

}  // namespace medcl
