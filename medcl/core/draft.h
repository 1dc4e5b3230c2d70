// SPDX-License-Identifier: Apache-2.0
#pragma once

// Drafts: what is being written lies under a hidden name beside its place, ".NAME.tmp-" and three
// numbers, until it is complete. A draft is locked (flock) while its process lives, so that what a
// killed process left is told from the work of a living one, also across containers that share a
// disk. Where a disk has no flock, nothing that was left is removed.

#include <filesystem>
#include <string>
#include <string_view>

namespace medcl {

/// A hidden name beside `path` that no other call, process or container gives.
std::filesystem::path draft_name(const std::filesystem::path& path);

/// True for the names that draft_name gives, and for no name that a person would.
bool is_draft_name(std::string_view name);

/// The message with the names of drafts in it replaced by those of the files that they are drafts
/// of: a person who reads it knows no drafts.
std::string without_draft_names(const std::string& message);

/// The folder that `path` lies in; "." for a bare name.
std::filesystem::path folder_of(const std::filesystem::path& path);

/// Removes the drafts, files and folders, in `folder` whose processes have ended: regular files and
/// folders of this user with a draft's name and a lock that nobody holds. Everything else stays.
/// Never throws. One listing of the folder.
void remove_abandoned_drafts(const std::filesystem::path& folder) noexcept;

/// remove_abandoned_drafts, once per process and folder.
void remove_abandoned_drafts_once(const std::filesystem::path& folder) noexcept;

/// True when a living process writes a draft for `path`.
bool has_living_draft(const std::filesystem::path& path);

/// Locks a draft that was just created, until the last descriptor of this opening is closed. False
/// when another process took it for an abandoned one before: create another.
bool lock_draft(int descriptor, const std::filesystem::path& path);

/// A folder of one's own beside `place`, for writers that need a name: created exclusively, so that
/// no link that somebody laid is followed. It vanishes with the object, unless it was moved away.
class DraftFolder {
 public:
  /// `is_private`: only this user may look into it.
  /// @throws Error(kIo), Error(kOutOfResources) naming the folder.
  explicit DraftFolder(const std::filesystem::path& place, bool is_private = true);
  DraftFolder(const DraftFolder&) = delete;
  DraftFolder& operator=(const DraftFolder&) = delete;
  ~DraftFolder();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// After the folder got another name: it stays.
  void release() { released_ = true; }

 private:
  std::filesystem::path path_;
  int lock_ = -1;
  bool released_ = false;
};

}  // namespace medcl
