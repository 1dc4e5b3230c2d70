// SPDX-License-Identifier: Apache-2.0
// dataset.json and splits_final.json (after a zero byte): whatever is accepted is the same when it
// is written and read again.

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>

#include "medcl/core/error.h"
#include "medcl/dataset/dataset.h"

namespace {

/// What `read` makes of the text; none where it refuses.
template <typename Read>
auto accepted(std::string_view text, Read read)
    -> std::optional<decltype(read(medcl::Json(), "file"))> {
  try {
    return read(medcl::parse_json(text, "file"), "file");
  } catch (const medcl::Error&) {
    return std::nullopt;
  }
}

bool same(const medcl::Dataset& a, const medcl::Dataset& b) {
  return a.labels.to_json() == b.labels.to_json() && a.channel_names == b.channel_names &&
         a.name == b.name && a.file_ending == b.file_ending;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t zero = std::min(text.find('\0'), size);
  if (const auto dataset = accepted(text.substr(0, zero), medcl::dataset_from_json)) {
    const auto again = medcl::dataset_from_json(
        medcl::parse_json(medcl::dataset_to_json(*dataset).dump(), "again"), "again");
    if (!same(*dataset, again)) __builtin_trap();
  }
  if (zero == size) return 0;
  if (const auto splits = accepted(text.substr(zero + 1), medcl::splits_from_json)) {
    const auto json = medcl::splits_to_json(*splits);
    if (medcl::splits_to_json(medcl::splits_from_json(json, "again")) != json) __builtin_trap();
  }
  return 0;
}
