// SPDX-License-Identifier: Apache-2.0
#pragma once

// Commands that a verb prints for a person to copy.

#include <string>
#include <vector>

namespace medcl {

/// "next: medcl report runs/a" on standard output, with words as a shell takes them. What is wider
/// than the terminal goes on in a next line behind a backslash, so that it can be copied as it is.
void print_command(const std::string& label, const std::vector<std::string>& words);

}  // namespace medcl
