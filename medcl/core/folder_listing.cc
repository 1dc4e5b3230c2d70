// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/folder_listing.h"

#include <algorithm>
#include <system_error>

#include "medcl/core/error.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;
using Kind = FolderEntry::Kind;

[[noreturn]] void refuse(const fs::path& path, const std::string& what,
                         const std::error_code& error) {
  fail(ErrorCode::kIo, {.what = what,
                        .where = path.string(),
                        .expected = "",
                        .found = error.message(),
                        .remedy = "make it readable for this user"});
}

Kind kind_of(const fs::path& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (fs::is_regular_file(status)) return Kind::kFile;
  if (fs::is_directory(status)) return Kind::kFolder;
  const bool circle = error == std::errc::too_many_symbolic_link_levels;
  if (circle || status.type() == fs::file_type::not_found) return Kind::kBrokenLink;
  if (status.type() == fs::file_type::none) refuse(path, "cannot look at the file", error);
  return Kind::kOther;
}

}  // namespace

std::vector<FolderEntry> list_folder(const fs::path& folder) {
  std::vector<FolderEntry> entries;
  std::error_code error;
  fs::directory_iterator entry(folder, error);
  for (const fs::directory_iterator end; !error && entry != end; entry.increment(error)) {
    entries.push_back({entry->path(), kind_of(entry->path())});
  }
  if (error) refuse(folder, "cannot list the folder", error);
  std::sort(entries.begin(), entries.end(),
            [](const FolderEntry& a, const FolderEntry& b) { return a.path < b.path; });
  return entries;
}

std::vector<FolderEntry> list_folder_if_present(const fs::path& folder) {
  std::error_code error;
  const fs::file_status status = fs::symlink_status(folder, error);
  if (status.type() == fs::file_type::not_found) return {};
  if (kind_of(folder) == Kind::kBrokenLink) {
    fail(ErrorCode::kIo, {.what = "is a link to nothing",
                          .where = folder.string(),
                          .expected = "a folder",
                          .found = {},
                          .remedy = "restore what it links to, or remove the link"});
  }
  return list_folder(folder);
}

}  // namespace medcl
