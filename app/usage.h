// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the program says about a command line that it does not understand.

#include <CLI/CLI.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace medcl {

std::string first_line(std::string_view text);

/// Prints "medcl VERB: message" on stderr and returns `code`.
int report(CLI::App& app, int code, const std::string& message);

/// The first word that should be a verb and is none, with the nearest verb as a suggestion; empty
/// when there is no such word.
std::string unknown_verb(CLI::App& app, const std::vector<std::string>& words);

/// Prints what is wrong with the options, with the nearest option as a suggestion; returns the exit
/// code of wrong usage.
int report_usage(CLI::App& app, const CLI::ParseError& error,
                 const std::vector<std::string>& words);

}  // namespace medcl
