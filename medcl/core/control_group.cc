// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/control_group.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>

namespace medcl {
namespace {

namespace fs = std::filesystem;

/// Names of the files of one version.
struct Version {
  const char *limit, *slowed;  ///< beyond the second one processes are slowed down without end
  const char *used, *files;
};

constexpr Version kVersion1{"memory.limit_in_bytes", "memory.limit_in_bytes",
                            "memory.usage_in_bytes", "total_inactive_file"};
constexpr Version kVersion2{"memory.max", "memory.high", "memory.current", "inactive_file"};

using Bytes = std::optional<std::int64_t>;

Bytes least(const Bytes& a, const Bytes& b) { return a && b ? std::min(*a, *b) : a ? a : b; }

/// "max", which stands for no limit, is no number.
Bytes number_in(const fs::path& path) {
  std::ifstream file(path);
  std::int64_t number = 0;
  if (file >> number) return number;
  return std::nullopt;
}

std::int64_t inactive_files(const fs::path& group, const char* name) {
  std::ifstream file(group / "memory.stat");
  std::string found;
  for (std::int64_t number = 0; file >> found >> number;) {
    if (found == name) return number;
  }
  return 0;
}

Bytes left_in(const fs::path& group, const Version& version) {
  const auto limit = least(number_in(group / version.limit), number_in(group / version.slowed));
  const auto used = number_in(group / version.used);
  if (!limit || !used) return std::nullopt;
  return std::max<std::int64_t>(0, *limit - *used + inactive_files(group, version.files));
}

bool holds_word(const std::string& list, const std::string& word) {
  return ("," + list + ",").find("," + word + ",") != std::string::npos;
}

/// A mounted hierarchy of groups: the group that is its root, and the folder that shows it.
struct Mount {
  std::string root, folder;
};

/// Lines of mountinfo: id parent device root folder options... - type source options.
std::optional<Mount> find_mount(const fs::path& mountinfo, const std::string& type,
                                const std::string& option) {
  std::ifstream file(mountinfo);
  for (std::string line; std::getline(file, line);) {
    const std::size_t dash = line.find(" - ");
    if (dash == std::string::npos) continue;
    std::istringstream front(line), back(line.substr(dash + 3));
    std::string skipped, found, source, options;
    Mount mount;
    front >> skipped >> skipped >> skipped >> mount.root >> mount.folder;
    back >> found >> source >> options;
    if (found == type && (option.empty() || holds_word(options, option))) return mount;
  }
  return std::nullopt;
}

/// The group of this process in lines "number:controllers:path"; version 2 has no controllers.
std::optional<std::string> own_group(const fs::path& cgroup, const std::string& controller) {
  std::ifstream file(cgroup);
  for (std::string line; std::getline(file, line);) {
    const std::size_t first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const bool meant =
        controller.empty() ? controllers.empty() : holds_word(controllers, controller);
    if (meant) return line.substr(second + 1);
  }
  return std::nullopt;
}

/// `group` seen from the root of the mount; a group outside of it is seen as the root.
fs::path below(const Mount& mount, const std::string& group) {
  const fs::path inside = fs::path(group).lexically_relative(mount.root);
  if (inside.empty() || *inside.begin() == "..") return {};
  return inside == "." ? fs::path() : inside;
}

Bytes least_left(const fs::path& root, const std::string& type, const std::string& controller,
                 const Version& version) {
  const auto mount = find_mount(root / "proc/self/mountinfo", type, controller);
  const auto group = own_group(root / "proc/self/cgroup", controller);
  if (!mount || !group) return std::nullopt;
  const fs::path folder = root / fs::path(mount->folder).relative_path();
  Bytes left;
  for (fs::path inside = below(*mount, *group);; inside = inside.parent_path()) {
    left = least(left, left_in(folder / inside, version));
    if (inside.empty()) return left;
  }
}

}  // namespace

std::optional<std::int64_t> left_in_control_groups(const fs::path& root) {
  return least(least_left(root, "cgroup", "memory", kVersion1),
               least_left(root, "cgroup2", "", kVersion2));
}

}  // namespace medcl
