// SPDX-License-Identifier: Apache-2.0
#include "medcl/format/sealed_json.h"

#include <cstdint>
#include <vector>

#include "medcl/core/error.h"
#include "medcl/core/file_system.h"
#include "medcl/core/sha256.h"
#include "medcl/format/json_text.h"

namespace medcl {
namespace {

constexpr std::uint64_t kMaxBytes = std::uint64_t{16} << 20;

std::string seal_of(Json value, const std::string& seal) {
  value.erase(seal);
  return sha256_hex(json_text(value));
}

}  // namespace

void write_sealed_json(const std::filesystem::path& path, Json value, const std::string& seal) {
  value[seal] = seal_of(value, seal);
  write_json(path, value);
}

Json read_sealed_json(const std::filesystem::path& path, const std::string& seal) {
  const std::vector<std::uint8_t> bytes = read_file(path, kMaxBytes);
  const std::string text(bytes.begin(), bytes.end());
  const Json value = parse_json(text, path.string());
  if (!value.is_object() || !value.contains(seal)) {
    fail(ErrorCode::kIo, {.what = "carries no checksum",
                          .where = path.string(),
                          .expected = "\"" + seal + "\", as MedCL writes it",
                          .remedy = "the file is damaged or not MedCL's"});
  }
  if (value.at(seal) != seal_of(value, seal) || json_text(value, 2) + "\n" != text) {
    fail(ErrorCode::kIo, {.what = "content does not match its checksum",
                          .where = path.string(),
                          .remedy = "the file is damaged or was edited; take an intact copy"});
  }
  return value;
}

}  // namespace medcl
