// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/relabel_command.h"

#include <algorithm>
#include <cctype>

namespace medcl {
namespace fs = std::filesystem;

std::string for_shell(const std::string& text) {
  const bool plain = std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 ||
           std::string("/._-+=,:@%").find(static_cast<char>(c)) != std::string::npos;
  });
  if (plain && !text.empty()) return text;
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

std::string relabel_command(const fs::path& root, const std::string& map) {
  const fs::path clean = root.lexically_normal();
  const std::string name = (clean.has_filename() ? clean : clean.parent_path()).string();
  return "medcl relabel " + for_shell(name) + " -o " + for_shell(name + "-relabelled") + " --map " +
         for_shell(map);
}

}  // namespace medcl
