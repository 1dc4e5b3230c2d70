// SPDX-License-Identifier: Apache-2.0
#pragma once

// The help of all verbs in one notation, at most 80 columns wide:
//
//   -o, --output FOLDER   Run folder to create (required)
//       --device NAME     Where to train (cpu, cuda; default: cpu)
//
// A value is its option's name in capitals unless the option says otherwise (type_name), N for a
// whole number and X for any number; "..." follows what may be repeated. Choices are those of
// CLI::IsMember, or "{a,b}" behind a colon in the type name.

#include <CLI/CLI.hpp>
#include <memory>

namespace medcl {

std::shared_ptr<CLI::FormatterBase> help_formatter();

/// The choices of an option, in their order; empty when any value will do.
std::vector<std::string> choices_of(const CLI::Option& option);

}  // namespace medcl
