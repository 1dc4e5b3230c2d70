// SPDX-License-Identifier: Apache-2.0
#include "progress.h"

#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <sstream>
#include <utility>

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
      terminal_(isatty(STDERR_FILENO) == 1),
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
  if (waited >= (terminal_ ? kTerminalPeriodSeconds : kLogPeriodSeconds)) print(false);
}

void Progress::interrupt() {
  if (terminal_ && started_ && !finished_) print(true);
}

void Progress::finish() {
  if (finished_) return;
  finished_ = true;
  if (started_) print(true);
}

std::string Progress::line() const {
  const double elapsed = seconds_between(start_, Clock::now());
  const auto finished_here = static_cast<double>(done_ - first_done_);
  std::ostringstream text;
  text << label_ << ' ' << done_;
  if (total_ > 0) {
    text << '/' << total_ << " (" << 100 * done_ / total_ << " %)";
  }
  if (finished_here > 0 && elapsed > 0) {
    const double rate = finished_here / elapsed;
    text << ", " << rate_text(rate, unit_) << ", " << duration_text(elapsed);
    if (total_ > done_) {
      text << ", " << duration_text(static_cast<double>(total_ - done_) / rate) << " left";
    }
  }
  if (!note_.empty()) {
    text << ", " << note_;
  }
  return text.str();
}

void Progress::print(bool last) {
  printed_ = Clock::now();
  if (terminal_) {
    std::fprintf(stderr, "\r\x1b[K%s%s", line().c_str(), last ? "\n" : "");
  } else {
    std::fprintf(stderr, "%s\n", line().c_str());
  }
  std::fflush(stderr);
}

}  // namespace medcl
