// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace medcl {

/// What std::printf would print.
std::string formatted(const char* format, ...) __attribute__((format(printf, 1, 2)));

}  // namespace medcl
