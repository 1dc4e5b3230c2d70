// SPDX-License-Identifier: Apache-2.0
#pragma once

// Numbers of things in words.

#include <cstddef>
#include <string>

namespace medcl {

/// "1 run", "2 runs": `thing` is one of them, and more have an s.
inline std::string counted(std::size_t number, const std::string& thing) {
  return std::to_string(number) + " " + thing + (number == 1 ? "" : "s");
}

}  // namespace medcl
