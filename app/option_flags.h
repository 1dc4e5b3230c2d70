// SPDX-License-Identifier: Apache-2.0
#pragma once

// Command-line flags made from the option tables of the library.

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>

#include "medcl/core/options.h"

namespace medcl {

/// One flag for an option, with its help, its choices and the kind of its value. `take` gets what
/// the user typed.
CLI::Option* add_flag_for(CLI::App& verb, const Option& option, const std::string& flag,
                          std::function<void(const std::string&)> take);

/// One flag per option of the table whose name starts with `prefix`: "scribble.slice_share" becomes
/// "--slice-share", with `flag_prefix` "scribble-" "--scribble-slice-share". Ranges are those of
/// the table; the table must outlive the verb, which keeps it.
void add_flags(CLI::App& verb, const std::shared_ptr<OptionTable>& table, const std::string& prefix,
               const std::string& flag_prefix = "");

}  // namespace medcl
