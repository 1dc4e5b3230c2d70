// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a refusal may look like, whatever the file holds.

#include <string_view>

#include "medcl/core/error.h"

inline void expect_printable_ascii(const medcl::Error& error) {
  for (const char c : std::string_view(error.what())) {
    if (c < ' ' || c > '~') __builtin_trap();
  }
}

/// For messages that may quote names in UTF-8.
inline void expect_one_line(const medcl::Error& error) {
  const std::string_view message = error.what();
  if (message.empty() || message.size() > 1000) __builtin_trap();
  for (const char c : message) {
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') __builtin_trap();
  }
}
