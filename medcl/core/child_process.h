// SPDX-License-Identifier: Apache-2.0
#pragma once

// Work that may crash, hang or fill memory, done in a child process: readers of file formats that
// this project did not write.

#include <cstdint>
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "medcl/core/error.h"

namespace medcl {

struct ChildLimits {
  std::uint64_t memory_bytes = std::uint64_t{2} << 30;  ///< beyond what this process has mapped
  double seconds = 60;                                  ///< for each item
  bool writes_files = false;  ///< false: files can only be read (child_rights.h)
};

struct ChildOutput {
  std::string text;
  std::vector<float> values;  ///< arrive without a second copy in memory
};

using ChildResult = std::variant<ChildOutput, Error>;

/// Calls `work(item)` for 0 <= item < count in a child process, and `take(item, result)` here, in
/// order. The result is an Error when `work` threw one (with its code and message), or when the
/// child crashed, ended by itself, ran out of memory (kOutOfResources) or of time: then
/// `where(item)` is named, and another child does the items behind. Children are a fork of this
/// process without its threads: `work` must not use a library whose threads have been started here.
/// They have given their rights away (child_rights.h), print nothing, and end with this process or
/// with this call, also when `take` throws. One fork per child, some 2 ms. Safe from any thread.
/// @throws Error(kOutOfResources) when no process can be started; what `take` throws.
void for_each_in_child(std::size_t count, const std::function<ChildOutput(std::size_t)>& work,
                       const std::function<std::string(std::size_t)>& where,
                       const std::function<void(std::size_t, ChildResult)>& take,
                       const ChildLimits& limits = {});

/// for_each_in_child for one piece of work; returns what it returns. @throws what for_each_in_child
/// would hand over as an Error.
ChildOutput run_in_child(const std::string& where, const std::function<ChildOutput()>& work,
                         const ChildLimits& limits = {});

}  // namespace medcl
