// SPDX-License-Identifier: Apache-2.0
#pragma once

// Progress on stderr with rate and time left. On a terminal it is one line that redraws itself and
// is gone when the work is done (app/console.h); elsewhere it is one line every ten seconds and one
// at the end, so that log files stay short. Nothing with --quiet.

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace medcl {

class Progress {
 public:
  /// `total` <= 0: unknown, only counts. `unit` names one piece of work ("case", "step").
  Progress(std::int64_t total, std::string label, std::string unit = "");
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// `note` is shown behind the numbers (a case name, a loss). Cheap: prints at most 5 times a
  /// second.
  void update(std::int64_t done, const std::string& note = "");
  /// A plan may become known, or change, on the way.
  void set_total(std::int64_t total) { total_ = total; }
  /// Ends the line. The destructor does it too.
  void finish();

 private:
  using Clock = std::chrono::steady_clock;
  [[nodiscard]] std::vector<std::string> parts() const;

  std::int64_t total_;
  std::string label_, unit_, note_;
  std::int64_t done_ = 0, first_done_ = 0;
  bool terminal_, started_ = false, finished_ = false;
  Clock::time_point start_, printed_;
};

/// Parts with ", " between them in at most `width` columns: from the third on, the last that does
/// not fit is left out first; what is left is cut.
std::string fitted_line(std::vector<std::string> parts, std::size_t width);

/// "45 s", "3:07 min", "1:02 h".
std::string duration_text(double seconds);

}  // namespace medcl
