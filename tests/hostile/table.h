// SPDX-License-Identifier: Apache-2.0
#pragma once

// One row per bad file: how it is made, what the program is asked, and what it must say.

#include <functional>
#include <string>
#include <vector>

#include "tests/hostile/craft.h"

namespace medcl::hostile {

struct BadFile {
  std::string name;
  std::function<Words()> make;  ///< writes the file and returns the command line
  int code;
  /// Regular expression that the one line on stderr matches; for `check` with code 3, one of its
  /// findings: "severity id where  what  expected  found  remedy".
  std::string message;
};

/// Runs every row; one expectation per row fails with the row's name and all that was printed.
void expect_refused(const std::vector<BadFile>& table);

}  // namespace medcl::hostile
