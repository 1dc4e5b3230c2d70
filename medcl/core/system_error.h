// SPDX-License-Identifier: Apache-2.0
#pragma once

// Errors of the operating system as errors of MedCL.

#include <filesystem>
#include <string>

namespace medcl {

/// Throws what error `number` (errno) of an operation on `path` means: Error(kOutOfResources) with
/// what was `expected` when the disk is full or a limit is reached, else Error(kIo); the remedy
/// where there is one.
[[noreturn]] void fail_with_errno(int number, const std::string& what,
                                  const std::filesystem::path& path,
                                  const std::string& expected = {});

}  // namespace medcl
