// SPDX-License-Identifier: Apache-2.0
#pragma once

// Label description files of ITK-SNAP.
//
// Source: ITK-SNAP 3, "Label Description File": IDX R G B A VIS IDX "LABEL" in each line.

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

namespace medcl {

/// Label value -> name. "Clear Label" and the names that ITK-SNAP makes up ("Label 7") are left
/// out. Empty for a file of another kind. @throws Error(kIo) unreadable.
std::map<std::int32_t, std::string> snap_label_names(const std::filesystem::path& path);

}  // namespace medcl
