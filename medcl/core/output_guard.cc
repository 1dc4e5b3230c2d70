// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/output_guard.h"

#include <stdlib.h>

#include <algorithm>
#include <optional>
#include <system_error>

#include "medcl/core/atomic_file.h"
#include "medcl/core/draft.h"
#include "medcl/core/error.h"
#include "medcl/core/file_kind.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

using FileId = std::pair<std::uint64_t, std::uint64_t>;
using Writer = std::function<void(const fs::path&)>;

/// One spelling per path, without looking at the disk.
fs::path plain(const fs::path& path) { return fs::absolute(path).lexically_normal(); }

/// True when the file is `path` or, for a folder, lies below it. `seen`: folders that were visited,
/// since links may lead in circles.
bool holds(const fs::path& path, const FileId& file, std::set<FileId>& seen) {
  const FileStatus status = file_status(path);
  if (status.kind == FileKind::kFile) return status.id == file;
  if (status.kind != FileKind::kFolder || !seen.insert(status.id).second) return false;
  std::error_code error;
  for (auto entry = fs::directory_iterator(path, error);
       !error && entry != fs::directory_iterator(); entry.increment(error)) {
    if (holds(entry->path(), file, seen)) return true;
  }
  return false;
}

[[noreturn]] void refuse(const fs::path& path, const std::string& what, const std::string& remedy) {
  fail(ErrorCode::kUsage,
       {.what = what, .where = path.string(), .expected = {}, .found = {}, .remedy = remedy});
}

/// "heart-1.nii.gz" beside "heart.nii.gz": all endings stay at the end.
fs::path numbered(const fs::path& path, int number) {
  const std::string name = path.filename().string();
  const std::size_t dot = std::min(name.find('.', 1), name.size());
  return path.parent_path() /
         (name.substr(0, dot) + "-" + std::to_string(number) + name.substr(dot));
}

/// Where the finished draft went: a free name beside its place. Empty when that is not possible.
fs::path keep_beside(const fs::path& draft, const fs::path& path) {
  constexpr int kTries = 100;
  for (int number = 1; number <= kTries; ++number) {
    const fs::path kept = numbered(path, number);
    if (file_status(kept).kind != FileKind::kNothing) continue;
    try {
      FileSystem::get().rename_to_free(draft, kept);
      return kept;
    } catch (const Error&) {
      return {};
    }
  }
  return {};
}

/// Where it was written once more: among the temporary files. Empty when that is not possible.
fs::path keep_elsewhere(const fs::path& path, const Writer& write) {
  std::error_code error;
  std::string folder = (fs::temp_directory_path(error) / "medcl-kept-XXXXXX").string();
  if (error || ::mkdtemp(folder.data()) == nullptr) return {};
  try {
    write(fs::path(folder) / path.filename());
    return fs::path(folder) / path.filename();
  } catch (const std::exception&) {
    fs::remove_all(folder, error);
    return {};
  }
}

/// Errors of the disk. Others would come again, wherever the content is written.
bool is_of_the_disk(const Error& error) {
  return error.code() == ErrorCode::kIo || error.code() == ErrorCode::kOutOfResources;
}

}  // namespace

OutputGuard::OutputGuard(bool may_replace, std::string hint)
    : may_replace_(may_replace), hint_(std::move(hint)) {}

OutputGuard::~OutputGuard() {
  for (auto folder = created_.rbegin(); folder != created_.rend(); ++folder) {
    std::error_code ignored;
    if (fs::is_empty(*folder, ignored) && !ignored) fs::remove(*folder, ignored);
  }
}

void OutputGuard::add_input(const fs::path& file_or_folder) { inputs_.push_back(file_or_folder); }

void OutputGuard::allow_replacing(const fs::path& path) { replaceable_.insert(plain(path)); }

bool OutputGuard::may_replace(const fs::path& path) const {
  return may_replace_ || replaceable_.contains(plain(path));
}

bool OutputGuard::is_input(const FileId& id) const {
  std::set<FileId> seen;
  return std::any_of(inputs_.begin(), inputs_.end(),
                     [&](const fs::path& input) { return holds(input, id, seen); });
}

void OutputGuard::require_free(const fs::path& path) const {
  const FileStatus status = file_status(path);
  if (status.kind == FileKind::kNothing) return;
  if (status.error != 0) {
    fail(ErrorCode::kIo, {.what = "cannot be written",
                          .where = path.string(),
                          .expected = {},
                          .found = std::generic_category().message(status.error),
                          .remedy = "choose another output"});
  }
  if (status.kind != FileKind::kFile) {
    const std::string link =
        status.through_link && status.kind != FileKind::kDanglingLink ? "a link to " : "";
    refuse(path, "the output is " + link + kind_text(status.kind) + ", not a file",
           "choose another output");
  }
  if (is_input(status.id)) {
    refuse(path,
           "the output is the input itself" +
               std::string(status.through_link ? " (a link to it)" : ""),
           "choose another output; inputs are never replaced");
  }
  if (!may_replace(path)) refuse(path, "the output exists already", hint_);
}

void OutputGuard::create_folders(const fs::path& folder) {
  std::vector<fs::path> absent;
  fs::path at = folder;
  FileStatus status = file_status(at);
  while (status.kind == FileKind::kNothing && at.has_relative_path()) {
    if (at.has_filename()) absent.push_back(at);
    if (at.parent_path() == at || at.parent_path().empty()) break;
    at = at.parent_path();
    status = file_status(at);
  }
  if (status.kind != FileKind::kNothing && status.kind != FileKind::kFolder && status.error == 0) {
    refuse(at, "the folder of the output is " + kind_text(status.kind) + ", not a folder",
           "choose another output");
  }
  created_.insert(created_.end(), absent.rbegin(), absent.rend());
  make_folders(folder);
}

void OutputGuard::require_folder(const fs::path& folder) {
  if (!proven_.insert(plain(folder)).second) return;
  create_folders(folder);
  remove_abandoned_drafts_once(folder);
  const DraftFolder proof(folder / "proof");
}

void OutputGuard::require_file(const fs::path& path) {
  if (!path.has_filename()) refuse(path, "is not the name of a file", "name a file");
  require_free(path);
  require_free(plain(path));  // "new/../mask.nii" is no file yet, but will be one
  if (!outputs_.insert(plain(path)).second) {
    refuse(path, "two outputs have this name", "rename one of the inputs");
  }
  require_folder(folder_of(path));
}

void OutputGuard::publish(const fs::path& draft, const fs::path& path) const {
  FileSystem& disk = FileSystem::get();
  try {
    require_free(path);
  } catch (const Error& error) {  // not the user's fault: it appeared while the command worked
    throw Error(ErrorCode::kIo, std::string("something appeared while this ran: ") + error.what());
  }
  if (may_replace(path)) {
    disk.rename(draft, path);
  } else {
    disk.rename_to_free(draft, path);
  }
  disk.sync_folder(folder_of(path));
}

void OutputGuard::write(const fs::path& path, const Writer& write) const {
  fs::path kept;
  bool complete = false;
  try {
    const DraftFolder folder(path);
    const fs::path draft = folder.path() / path.filename();
    write(draft);
    complete = true;
    try {
      publish(draft, path);
      return;
    } catch (const Error&) {
      kept = keep_beside(draft, path);
      throw;
    }
  } catch (const Error& error) {
    const std::string reason = without_draft_names(error.what());
    // Others would come again, wherever it is written.
    const bool may_keep = complete || is_of_the_disk(error);
    if (may_keep && kept.empty()) kept = keep_elsewhere(path, write);
    throw Error(error.code(),
                reason + (kept.empty() ? "" : "; the result is kept as " + kept.string()));
  }
}

}  // namespace medcl
