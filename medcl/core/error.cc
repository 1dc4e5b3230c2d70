// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/error.h"

#include <algorithm>
#include <utility>

namespace medcl {
namespace {

constexpr std::size_t kLongestPart = 400, kLongestPlace = 5000;  // a path may have 4096 characters

/// A broken file may hold a value of any length.
std::string shortened(const std::string& text, std::size_t longest = kLongestPart) {
  return text.size() <= longest ? text : text.substr(0, longest) + "...";
}

}  // namespace

std::string one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; }, ' ');
  return text;
}

std::string to_line(const Problem& problem) {
  std::string line = shortened(problem.what);
  if (!problem.where.empty()) {
    line = shortened(problem.where, kLongestPlace) + ": " + line;
  }
  std::string detail;
  if (!problem.expected.empty()) {
    detail = "expected " + shortened(problem.expected);
  }
  if (!problem.found.empty()) {
    detail += (detail.empty() ? "found " : ", found ") + shortened(problem.found);
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
    : std::runtime_error(one_line(message)), code_(code) {}

void fail(ErrorCode code, const Problem& problem) { throw Error(code, problem); }

void check(bool condition, const char* message, SourceLine where) {
  if (!condition) {
    throw Error(ErrorCode::kFailure,
                {.what = std::string("internal check failed: ") + message,
                 .where = std::string(where.file) + ":" + std::to_string(where.line)});
  }
}

}  // namespace medcl
