// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/formatted.h"

#include <algorithm>
#include <cstdarg>
#include <cstdio>

namespace medcl {

std::string formatted(const char* format, ...) {
  std::va_list values, again;
  va_start(values, format);
  va_copy(again, values);
  const int length = std::max(0, std::vsnprintf(nullptr, 0, format, values));
  std::string text(static_cast<std::size_t>(length), '\0');
  std::vsnprintf(text.data(), text.size() + 1, format, again);
  va_end(again);
  va_end(values);
  return text;
}

}  // namespace medcl
