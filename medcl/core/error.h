// SPDX-License-Identifier: Apache-2.0
#pragma once

// The one exception type of MedCL. A message says what is wrong, where, what was expected, what was
// found and what to do, in one line; the code decides the exit status of the program.

#include <stdexcept>
#include <string>

namespace medcl {

/// Values are the exit codes of the program (see docs/reference/exit-codes.md).
enum class ErrorCode : int {
  kFailure = 1,         ///< something failed at run time (also a non-finite loss)
  kUsage = 2,           ///< a wrong option, key or value given by the user
  kInvalidData = 3,     ///< the data has errors (labels, geometry, empty sets)
  kIo = 4,              ///< a file cannot be read or written, or its bytes are broken
  kModelMismatch = 5,   ///< model and data do not fit
  kOutOfResources = 6,  ///< memory or disk
  kInterrupted = 130,   ///< stopped by the user after saving
};

/// The parts of a message. Empty parts are left out.
struct Problem {
  std::string what;      ///< "label value outside the label map"
  std::string where;     ///< file, case, field or option
  std::string expected;  ///< "0..4"
  std::string found;     ///< "7 (12 voxels)"
  std::string remedy;    ///< "map it in dataset.json or correct the file"
};

/// Texts of a file may hold characters that control a terminal: they become spaces.
std::string one_line(std::string text);

/// The problem as a message on one line: "where: what (expected ..., found ...); remedy".
std::string to_line(const Problem& problem);

class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const Problem& problem);
  Error(ErrorCode code, const std::string& message);
  [[nodiscard]] ErrorCode code() const noexcept { return code_; }

 private:
  ErrorCode code_;
};

[[noreturn]] void fail(ErrorCode code, const Problem& problem);

/// Where a call stands in the source, as std::source_location, which clang 14 does not know.
struct SourceLine {
  const char* file;
  int line;
  static constexpr SourceLine current(const char* file = __builtin_FILE(),
                                      int line = __builtin_LINE()) {
    return {file, line};
  }
};

/// For programming errors: throws Error(kFailure) that names the source line.
void check(bool condition, const char* message, SourceLine where = SourceLine::current());

}  // namespace medcl
