// SPDX-License-Identifier: Apache-2.0
#pragma once

// JSON files that must not change unnoticed: descriptions of models and checkpoints.

#include <filesystem>
#include <string>

#include "medcl/format/json.h"

namespace medcl {

/// Writes JSON in which every change shows: the entry `seal` holds the SHA-256 of all the others,
/// and the text has one form only. `value` must be an object. Atomic.
void write_sealed_json(const std::filesystem::path& path, Json value, const std::string& seal);
/// Reads what write_sealed_json wrote. @throws Error(kIo) also when the seal is absent or a single
/// bit differs from what was written.
Json read_sealed_json(const std::filesystem::path& path, const std::string& seal);

}  // namespace medcl
