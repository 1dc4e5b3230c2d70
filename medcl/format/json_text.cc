// SPDX-License-Identifier: Apache-2.0
#include "medcl/format/json_text.h"

#include <utility>
#include <vector>

#include "medcl/core/utf8.h"

namespace medcl {
namespace {

/// The same value with every text, names of members included, as valid UTF-8.
Json as_utf8(const Json& value) {
  if (value.is_string()) return utf8_of_bytes(value.get_ref<const std::string&>());
  if (value.is_array()) {
    Json items = Json::array();
    for (const Json& item : value) items.push_back(as_utf8(item));
    return items;
  }
  if (!value.is_object()) return value;
  Json members = Json::object();
  std::vector<std::pair<const std::string, Json>>& list = members.get_ref<Json::object_t&>();
  for (const auto& [key, member] : value.items()) {
    list.emplace_back(utf8_of_bytes(key), as_utf8(member));
  }
  return members;
}

}  // namespace

std::string json_reason(const Json::exception& error) {
  const std::string reason = error.what();
  const std::size_t mark = reason.find("] ");
  return mark == std::string::npos ? reason : reason.substr(mark + 2);
}

std::string json_text(const Json& value, int indent) { return as_utf8(value).dump(indent); }

}  // namespace medcl
