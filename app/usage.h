// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the program says about a command line that it does not understand.

#include <CLI/CLI.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace medcl {

std::string first_line(std::string_view text);

/// The words behind "medcl", with what people write instead of flags made into them: "help" and
/// "version" in place of a verb.
std::vector<std::string> usual_words(std::vector<std::string> words);

/// Prints "medcl VERB: message" on stderr and returns `code`.
int report(CLI::App& app, int code, const std::string& message);

/// What is wrong with the words before they are parsed, with the nearest verb or option as a
/// suggestion: a verb that does not exist, an option that stands before the verb, a long option
/// with one dash ("-model x" would be read as "-m odel x"). Empty when nothing is.
std::string wrong_words(CLI::App& app, const std::vector<std::string>& words);

/// Prints what is wrong with the options, with the nearest option or value as a suggestion; returns
/// the exit code of wrong usage.
int report_usage(CLI::App& app, const CLI::ParseError& error,
                 const std::vector<std::string>& words);

}  // namespace medcl
