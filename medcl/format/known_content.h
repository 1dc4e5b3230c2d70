// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a file is that a reader does not want, by its first bytes: for messages that name the true
// kind of a file instead of the field that was wrong.

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace medcl {

struct KnownContent {
  std::string name;    ///< "a PNG picture"
  std::string remedy;  ///< what to do with such a file; may be empty
};

/// `start`: at least the first 512 bytes of a file that has as many. Empty for unknown bytes.
std::optional<KnownContent> known_content(std::span<const std::uint8_t> start);

}  // namespace medcl
