// SPDX-License-Identifier: Apache-2.0
#pragma once

// Runs the real program on a file that may break it, under limits, and says how it ended.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace medcl::hostile {

struct Limits {
  std::uint64_t seconds = 20;             ///< of processor time; six times as much by the clock
  std::uint64_t address_space_bytes = 0;  ///< 0 = as much as there is
  std::uint64_t stack_bytes = 0;          ///< the same
};

struct Outcome {
  int code = -1;   ///< exit code; -1 when a signal ended it
  int signal = 0;  ///< that ended it
  bool hung = false;
  std::uint64_t peak_bytes = 0;  ///< resident
  std::string out, err;

  [[nodiscard]] std::vector<std::string> error_lines() const;  ///< warnings and progress left out
  [[nodiscard]] std::string text() const;                      ///< for messages of tests
};

/// The program of this build: MEDCL_PROGRAM in the environment, else the one it was built with.
std::filesystem::path program_path();

/// @throws std::runtime_error when the child cannot be started.
Outcome run_program(const std::vector<std::string>& arguments, const Limits& limits = {},
                    const std::filesystem::path& working_folder = {});

}  // namespace medcl::hostile
