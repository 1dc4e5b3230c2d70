// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/error.h"

#include <algorithm>
#include <utility>

namespace medcl {

std::string one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; }, ' ');
  return text;
}

std::string to_line(const Problem& problem) {
  std::string line = problem.where.empty() ? problem.what : problem.where + ": " + problem.what;
  std::string detail;
  if (!problem.expected.empty()) {
    detail = "expected " + problem.expected;
  }
  if (!problem.found.empty()) {
    detail += (detail.empty() ? "found " : ", found ") + problem.found;
  }
  if (!detail.empty()) {
    line += " (" + detail + ")";
  }
  if (!problem.remedy.empty()) {
    line += "; " + problem.remedy;
  }
  return one_line(std::move(line));
}

Error::Error(ErrorCode code, const Problem& problem)
    : std::runtime_error(to_line(problem)), code_(code) {}

Error::Error(ErrorCode code, const std::string& message)
    : std::runtime_error(message), code_(code) {}

void fail(ErrorCode code, const Problem& problem) { throw Error(code, problem); }

void check(bool condition, const char* message, SourceLine where) {
  if (!condition) {
    throw Error(ErrorCode::kFailure,
                {.what = std::string("internal check failed: ") + message,
                 .where = std::string(where.file) + ":" + std::to_string(where.line)});
  }
}

}  // namespace medcl
