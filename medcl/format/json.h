// SPDX-License-Identifier: Apache-2.0
#pragma once

// nlohmann-json with limits, duplicate-key refusal and errors that name the file.

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace medcl {

/// Keeps the order of keys (nnU-Net's dataset.json gives it a meaning).
using Json = nlohmann::ordered_json;

/// Reads JSON of a depth of at most 64 and at most 64 MiB, without duplicate keys. @throws
/// Error(kIo) with line and reason.
Json parse_json(std::string_view text, const std::string& name);
/// parse_json of a file. @throws Error(kIo)
Json read_json(const std::filesystem::path& path);
/// Writes JSON, indented by 2, with a newline at the end. Atomic.
void write_json(const std::filesystem::path& path, const Json& value);

}  // namespace medcl
