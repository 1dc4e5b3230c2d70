// SPDX-License-Identifier: Apache-2.0
#pragma once

// Command-line flags made from the option tables of the library.

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "medcl/core/options.h"

namespace medcl {

/// One flag per option of the table whose name starts with `prefix`: "scribble.slice_share" becomes
/// "--slice-share", with `flag_prefix` "scribble-" "--scribble-slice-share". Ranges are those of
/// the table; the table must outlive the verb, which keeps it.
void add_flags(CLI::App& verb, const std::shared_ptr<OptionTable>& table, const std::string& prefix,
               const std::string& flag_prefix = "");

}  // namespace medcl
