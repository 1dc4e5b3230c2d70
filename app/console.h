// SPDX-License-Identifier: Apache-2.0
#pragma once

// The terminal of the program: its width, its colours, and the one line of progress on stderr that
// gives way to everything else that is printed there.

#include <cstddef>
#include <string>

namespace medcl {

/// What the flags of every verb say.
struct ConsoleSettings {
  bool verbose = false;
  bool quiet = false;  ///< results, warnings and errors only
  bool no_color = false;
};
ConsoleSettings& console_settings();

/// Columns of standard output or standard error (a file descriptor): those of the terminal; where
/// it is none, the environment variable COLUMNS; else 80. At least 20.
std::size_t width_of(int stream);

enum class Ink { kNone, kRed, kYellow, kGreen, kBold };
/// `text` in a colour where the stream is a terminal, --no-color is not given and NO_COLOR
/// (https://no-color.org) is not set; else `text` itself.
std::string inked(const std::string& text, Ink ink, int stream);

/// True where the status line can be redrawn: stderr is a terminal that moves its cursor.
bool has_status_line();
/// Shows `line`, cut to the width, in place of the status line before.
void show_status(const std::string& line);
/// Removes it. Whoever prints while work goes on calls this first.
void clear_status();

/// A line for the person who waits, on stderr; nothing with --quiet.
void note(const std::string& line);
/// A line on stderr that begins with "warning: ": also with --quiet, for a result may be wrong.
void warn(const std::string& message);

}  // namespace medcl
