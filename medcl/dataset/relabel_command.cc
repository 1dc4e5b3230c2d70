// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/relabel_command.h"

#include "medcl/core/shell_word.h"

namespace medcl {
namespace fs = std::filesystem;

std::string relabel_command(const fs::path& root, const std::string& map) {
  const fs::path clean = root.lexically_normal();
  const std::string name = (clean.has_filename() ? clean : clean.parent_path()).string();
  return "medcl relabel " + shell_word(name) + " -o " + shell_word(name + "-relabelled") +
         " --map " + shell_word(map);
}

}  // namespace medcl
