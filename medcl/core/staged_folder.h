// SPDX-License-Identifier: Apache-2.0
#pragma once

// A folder of results that is there completely or not at all: it is filled beside its place, under
// the hidden name of a draft (draft.h), and gets its name at the end.

#include <filesystem>

#include "medcl/core/draft.h"

namespace medcl {

class StagedFolder {
 public:
  /// `target`: absent, an empty folder, or a link to an empty folder. Folders above it are created.
  /// What killed processes left of this target is removed.
  /// @throws Error(kUsage) when something stands there, when it is a mount point or the current
  ///         folder (which no other folder can replace), or while another process fills it;
  ///         Error(kIo), Error(kOutOfResources) when nothing can be written there.
  explicit StagedFolder(const std::filesystem::path& target);

  /// The folder to fill.
  [[nodiscard]] const std::filesystem::path& path() const { return draft_.path(); }

  /// Gives it its name. When something stands there by now, it is kept under a free name beside
  /// the target, and the error says which.
  /// @throws Error(kIo)
  void publish();

 private:
  std::filesystem::path target_;
  DraftFolder draft_;
};

}  // namespace medcl
