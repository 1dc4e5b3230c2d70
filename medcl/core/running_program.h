// SPDX-License-Identifier: Apache-2.0
#pragma once

// A program that runs beside this one, such as a training of this program itself.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace medcl {

/// How a program ended.
struct ProgramEnd {
  int exit_code = 0;  ///< of a signal 128 + its number, as in a shell
  int signal = 0;     ///< that killed it; 0: it ended by itself
};

class RunningProgram {
 public:
  /// Starts `program` with `words` behind its name; what it prints is appended to `log`, and it
  /// reads nothing. It is not reached by Ctrl-C in the terminal, and is asked to end (SIGTERM) when
  /// this process dies, whatever kills it. For processes of one thread.
  /// @throws Error(kIo) naming the log, Error(kOutOfResources) where no process can be started.
  RunningProgram(const std::filesystem::path& program, const std::vector<std::string>& words,
                 const std::filesystem::path& log);
  RunningProgram(const RunningProgram&) = delete;
  RunningProgram& operator=(const RunningProgram&) = delete;
  /// Kills it if it still runs.
  ~RunningProgram();

  /// How it ended; none while it runs. Does not wait.
  std::optional<ProgramEnd> ended();
  /// Asks it to end, as Ctrl-C does; only the first call.
  void interrupt();

 private:
  int process_ = 0;
  bool interrupted_ = false;
  std::optional<ProgramEnd> end_;
};

/// The file of the program that this process runs, which stays good while it is replaced.
std::filesystem::path this_program();

}  // namespace medcl
