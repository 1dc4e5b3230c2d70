// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/staged_folder.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <string>
#include <system_error>

#include "medcl/core/atomic_file.h"
#include "medcl/core/error.h"
#include "medcl/core/file_kind.h"
#include "medcl/core/file_system.h"
#include "medcl/core/system_error.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const fs::path& target, const std::string& what,
                         const std::string& remedy) {
  fail(ErrorCode::kUsage, {.what = what,
                           .where = target.string(),
                           .expected = "a new or empty folder",
                           .found = {},
                           .remedy = remedy});
}

bool is_mount_point(const fs::path& folder) {
  struct statx found {};
  return ::statx(AT_FDCWD, folder.c_str(), 0, STATX_BASIC_STATS, &found) == 0 &&
         (found.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

void require_empty(const fs::path& target) {
  const FileStatus status = file_status(target);
  if (status.kind == FileKind::kNothing) return;
  if (status.error != 0) fail_with_errno(status.error, "cannot look at it", target);
  if (status.kind != FileKind::kFolder) {
    refuse(target, "the target is " + kind_text(status.kind), "choose another folder");
  }
  std::error_code error;
  if (!fs::is_empty(target, error) || error) {
    refuse(target, "the target is not empty", "choose another folder or remove this one");
  }
  if (is_mount_point(target)) {
    refuse(target, "the target is a mount point", "name a new folder inside it");
  }
  if (status.id == file_status(".").id) {
    refuse(target, "the target is the current folder", "name a new folder inside it");
  }
}

/// Where `target` really is, behind links, ready for a draft beside it.
fs::path settled(const fs::path& target) {
  fs::path place = fs::absolute(target).lexically_normal();
  if (!place.has_filename()) place = place.parent_path();
  if (!place.has_relative_path())
    refuse(target, "the target is the root", "name a folder inside it");
  require_empty(place);
  std::error_code error;
  if (fs::is_symlink(place, error)) place = fs::canonical(place);
  make_folders(place.parent_path());
  remove_abandoned_drafts(place.parent_path());
  if (has_living_draft(place)) {
    refuse(target, "another process is filling this folder",
           "wait for it, or choose another folder");
  }
  return place;
}

}  // namespace

StagedFolder::StagedFolder(const fs::path& target)
    : target_(settled(target)), draft_(target_, /*is_private=*/false) {}

void StagedFolder::publish() {
  constexpr int kTries = 100;
  FileSystem& disk = FileSystem::get();
  try {
    require_empty(target_);
    disk.rename(path(), target_);  // takes the place of an empty folder, and of nothing else
  } catch (const Error& problem) {
    for (int number = 1; number <= kTries; ++number) {
      const fs::path kept = target_.string() + "-" + std::to_string(number);
      if (file_status(kept).kind != FileKind::kNothing) continue;
      disk.rename_to_free(path(), kept);
      draft_.release();
      throw Error(ErrorCode::kIo,
                  std::string(problem.what()) + "; the result is kept as " + kept.string());
    }
    throw;
  }
  draft_.release();
  disk.sync_folder(target_.parent_path());
}

}  // namespace medcl
