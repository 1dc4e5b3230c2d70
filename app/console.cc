// SPDX-License-Identifier: Apache-2.0
#include "app/console.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string_view>
#include <vector>

#include "medcl/core/display_text.h"

namespace medcl {
namespace {

constexpr std::size_t kNarrowest = 20, kUsual = 80, kWidest = 10000;

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::size_t terminal_columns(int stream) {
  winsize size{};
  return isatty(stream) == 1 && ioctl(stream, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

std::size_t asked_columns() {
  const std::string_view text = environment("COLUMNS");
  std::size_t columns = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), columns);
  return error == std::errc() && end == text.data() + text.size() ? columns : 0;
}

/// The line of progress; threads that log may print at any time.
struct Status {
  std::mutex mutex;
  bool shown = false;

  void clear() {
    if (shown) std::fputs("\r\x1b[K", stderr);
    shown = false;
  }
};

Status& status() {
  static Status one;
  return one;
}

/// `head` is printed in front of the text in its colour, which has no width.
void print_on_stderr(const std::string& text, const std::string& head = "", Ink ink = Ink::kNone) {
  const std::lock_guard lock(status().mutex);
  status().clear();
  const std::string whole = head.empty() ? text : head + " " + text;
  // A terminal would break a long line within words; elsewhere it stays whole, for programs.
  const std::size_t width = width_of(STDERR_FILENO);
  const bool wraps = isatty(STDERR_FILENO) == 1 && display_width(whole) > width;
  std::vector<std::string> lines = wraps ? wrap(whole, width) : std::vector<std::string>{whole};
  if (lines.front().starts_with(head)) {
    lines.front() = inked(head, ink, STDERR_FILENO) + lines.front().substr(head.size());
  }
  for (const std::string& line : lines) std::fprintf(stderr, "%s\n", line.c_str());
  std::fflush(stderr);
}

}  // namespace

ConsoleSettings& console_settings() {
  static ConsoleSettings settings;
  return settings;
}

std::size_t width_of(int stream) {
  std::size_t columns = terminal_columns(stream);
  if (columns == 0) columns = asked_columns();
  if (columns == 0) columns = kUsual;
  return std::clamp(columns, kNarrowest, kWidest);
}

std::string inked(const std::string& text, Ink ink, int stream) {
  const bool plain = ink == Ink::kNone || console_settings().no_color || isatty(stream) != 1 ||
                     !environment("NO_COLOR").empty() || environment("TERM") == "dumb";
  if (plain) return text;
  constexpr const char* kCodes[] = {"", "31", "33", "32", "1"};
  return std::string("\x1b[") + kCodes[static_cast<int>(ink)] + "m" + text + "\x1b[0m";
}

bool has_status_line() { return isatty(STDERR_FILENO) == 1 && environment("TERM") != "dumb"; }

void show_status(const std::string& line) {
  if (console_settings().quiet) return;
  const std::lock_guard lock(status().mutex);
  // One column stays free: a terminal may begin a new line as soon as its last column is filled.
  const std::string text = cut_to_width(line, width_of(STDERR_FILENO) - 1);
  std::fprintf(stderr, "\r%s\x1b[K", text.c_str());
  std::fflush(stderr);
  status().shown = true;
}

void clear_status() {
  const std::lock_guard lock(status().mutex);
  status().clear();
  std::fflush(stderr);
}

void note(const std::string& line) {
  if (!console_settings().quiet) print_on_stderr(line);
}

void warn(const std::string& message) { print_on_stderr(message, "warning:", Ink::kYellow); }

}  // namespace medcl
