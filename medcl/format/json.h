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

/// Depth at most 64, at most 64 MiB, no duplicate keys. @throws Error(kIo) with line and reason.
Json parse_json(std::string_view text, const std::string& name);
Json read_json(const std::filesystem::path& path);
/// Indented by 2, newline at the end. Atomic.
void write_json(const std::filesystem::path& path, const Json& value);

}  // namespace medcl
