// SPDX-License-Identifier: Apache-2.0
#pragma once

// Names of the tensors in a pickled object: keys of nested dicts, positions in lists and attributes
// of script modules, joined by ".". Part of torch_checkpoint.

#include <map>

#include "medcl/format/torch_pickle.h"

namespace medcl {

/// The tensors by name: name -> index into `pickle.tensors`. A tensor may have several names;
/// shared and cyclic structures end in an error instead of endless work: depth at most 32, and work
/// and memory in proportion to the pickle. @throws Error(kIo) also for equal names and names that
/// are not UTF-8.
std::map<std::string, std::uint32_t> flatten_torch_pickle(const TorchPickle& pickle,
                                                          const std::string& where);

}  // namespace medcl
