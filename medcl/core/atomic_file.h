// SPDX-License-Identifier: Apache-2.0
#pragma once

// Files that are there completely or not at all: temporary file in the same folder, write, fsync,
// rename, fsync of the folder. After a crash the path holds the old content or the new, never a
// mix, and the temporary file (draft.h) goes when something is written there the next time.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string_view>

#include "medcl/core/file_system.h"

namespace medcl {

/// Calls `write` with the temporary file, then publishes it as `path`. When anything throws before
/// the rename, the temporary file is removed and `path` is untouched; when only the last fsync of
/// the folder throws, `path` holds the complete new content but may revert after a power loss.
/// @throws whatever `write` throws; Error(kIo), Error(kOutOfResources) naming the path.
void write_atomically(const std::filesystem::path& path,
                      const std::function<void(WritableFile&)>& write);
void write_atomically(const std::filesystem::path& path, std::span<const std::uint8_t> bytes);
void write_atomically(const std::filesystem::path& path, std::string_view text);

/// Creates `folder` and the folders above it that are absent. Those it made survive a power loss.
/// @throws Error(kIo), Error(kOutOfResources) naming the folder.
void make_folders(const std::filesystem::path& folder);

}  // namespace medcl
