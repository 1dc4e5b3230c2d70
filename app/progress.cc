// SPDX-License-Identifier: Apache-2.0
#include "app/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <sstream>
#include <utility>

#include "app/console.h"
#include "medcl/core/display_text.h"
#include "medcl/core/joined.h"

namespace medcl {
namespace {

constexpr double kTerminalPeriodSeconds = 0.2;
constexpr double kLogPeriodSeconds = 10;

double seconds_between(std::chrono::steady_clock::time_point from,
                       std::chrono::steady_clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

std::string rate_text(double per_second, const std::string& unit) {
  char text[64];
  const bool slow = per_second < 1;
  std::snprintf(text, sizeof(text), "%.3g", slow ? per_second * 60 : per_second);
  std::ostringstream rate;
  rate << text << (unit.empty() ? "" : " ") << unit << (unit.empty() ? "" : "s")
       << (slow ? "/min" : "/s");
  return rate.str();
}

}  // namespace

std::string fitted_line(std::vector<std::string> parts, std::size_t width) {
  while (parts.size() > 2 && display_width(joined(parts)) > width) parts.pop_back();
  return cut_to_width(joined(parts), width);
}

std::string duration_text(double seconds) {
  const auto whole = static_cast<long long>(std::llround(std::fmax(0.0, seconds)));
  char text[64];
  if (whole < 60) {
    std::snprintf(text, sizeof(text), "%lld s", whole);
  } else if (whole < 3600) {
    std::snprintf(text, sizeof(text), "%lld:%02lld min", whole / 60, whole % 60);
  } else {
    std::snprintf(text, sizeof(text), "%lld:%02lld h", whole / 3600, whole / 60 % 60);
  }
  return text;
}

Progress::Progress(std::int64_t total, std::string label, std::string unit)
    : total_(total),
      label_(std::move(label)),
      unit_(std::move(unit)),
      terminal_(has_status_line()),
      start_(Clock::now()),
      printed_(start_) {}

Progress::~Progress() { finish(); }

void Progress::update(std::int64_t done, const std::string& note) {
  if (!started_) {
    started_ = true;
    first_done_ = done > 1 ? done : 0;  // a resumed run starts in the middle
  }
  done_ = done;
  note_ = note;
  const double waited = seconds_between(printed_, Clock::now());
  if (waited < (terminal_ ? kTerminalPeriodSeconds : kLogPeriodSeconds)) return;
  printed_ = Clock::now();
  if (terminal_) {
    show_status(fitted_line(parts(), width_of(STDERR_FILENO) - 1));
  } else {
    medcl::note(fitted_line(parts(), width_of(STDERR_FILENO)));
  }
}

void Progress::finish() {
  if (finished_) return;
  finished_ = true;
  if (terminal_) {
    clear_status();
  } else if (started_) {
    medcl::note(fitted_line(parts(), width_of(STDERR_FILENO)));
  }
}

/// The most useful first: what does not fit the terminal is left out from the end.
std::vector<std::string> Progress::parts() const {
  const double elapsed = seconds_between(start_, Clock::now());
  const auto finished_here = static_cast<double>(done_ - first_done_);
  std::ostringstream count;
  count << label_ << ' ' << done_;
  if (total_ > 0) count << '/' << total_ << " (" << 100 * done_ / total_ << " %)";
  std::vector<std::string> parts{count.str()};
  const double rate = elapsed > 0 ? finished_here / elapsed : 0;
  if (rate > 0 && total_ > done_) {
    parts.push_back(duration_text(static_cast<double>(total_ - done_) / rate) + " left");
  }
  if (rate > 0) parts.push_back(rate_text(rate, unit_));
  for (std::size_t start = 0; start < note_.size();) {
    const std::size_t end = std::min(note_.find(", ", start), note_.size());
    parts.push_back(note_.substr(start, end - start));
    start = end + 2;
  }
  if (rate > 0) parts.push_back(duration_text(elapsed) + " so far");
  return parts;
}

}  // namespace medcl
