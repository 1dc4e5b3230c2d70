// SPDX-License-Identifier: Apache-2.0
#include "medcl/image/foreign_header.h"

#include <algorithm>
#include <string_view>

#include "medcl/image/text_header.h"

namespace medcl {
namespace {

constexpr std::size_t kMaxHeaderBytes = std::size_t{1} << 20;

}  // namespace

ForeignHeader check_foreign_header(std::span<const std::uint8_t> bytes, ForeignFormat format,
                                   const std::string& name, const NiftiLimits& limits) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()),
                              std::min(bytes.size(), kMaxHeaderBytes));
  return format == ForeignFormat::kNrrd ? text_header::check_nrrd(bytes, text, name, limits)
                                        : text_header::check_meta(bytes, text, name, limits);
}

}  // namespace medcl
