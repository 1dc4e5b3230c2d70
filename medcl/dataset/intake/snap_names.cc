// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/intake/snap_names.h"

#include <sstream>

#include "medcl/core/file_system.h"
#include "medcl/core/names.h"

namespace medcl {
namespace {

constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 18;
constexpr int kNumbersBeforeName = 6;  // R G B A VIS MSH

/// "IDX R G B A VIS MSH "name"", or false.
bool read_line(const std::string& line, std::int32_t& value, std::string& name) {
  std::istringstream words(line);
  double number = 0;
  if (!(words >> value)) return false;
  for (int n = 0; n < kNumbersBeforeName; ++n) {
    if (!(words >> number)) return false;
  }
  std::string rest;
  std::getline(words, rest);
  const std::size_t first = rest.find('"'), last = rest.rfind('"');
  if (first == std::string::npos || last == first) return false;
  name = rest.substr(first + 1, last - first - 1);
  return true;
}

bool is_made_up(std::int32_t value, const std::string& name) {
  const std::string folded = folded_name(name);
  return folded.empty() || folded == "clear label" || folded == "label " + std::to_string(value);
}

}  // namespace

std::map<std::int32_t, std::string> snap_label_names(const std::filesystem::path& path) {
  const std::vector<std::uint8_t> bytes = read_file_start(path, kMostBytes);
  std::istringstream lines(std::string(bytes.begin(), bytes.end()));
  std::map<std::int32_t, std::string> names;
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.empty() || line.front() == '#') continue;
    std::int32_t value = 0;
    std::string name;
    if (!read_line(line, value, name)) return {};
    if (!is_made_up(value, name)) names[value] = name;
  }
  return names;
}

}  // namespace medcl
