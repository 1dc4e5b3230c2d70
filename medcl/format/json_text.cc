// SPDX-License-Identifier: Apache-2.0
#include "medcl/format/json_text.h"

#include <regex>
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
  const std::string whole = error.what();
  const std::size_t mark = whole.find("] ");
  const std::string reason = mark == std::string::npos ? whole : whole.substr(mark + 2);
  std::smatch found;
  if (std::regex_match(reason, found, std::regex("key '(.*)' not found"))) {
    return "no \"" + found[1].str() + "\"";
  }
  if (std::regex_match(reason, found, std::regex("type must be (.*), but is (.*)"))) {
    return "a value of type " + found[2].str() + " where one of type " + found[1].str() +
           " belongs";
  }
  if (std::regex_match(reason, found, std::regex("cannot use .* with (.*)"))) {
    return "a value of type " + found[1].str() + " where a list or an object belongs";
  }
  return reason;
}

std::string json_text(const Json& value, int indent) { return as_utf8(value).dump(indent); }

}  // namespace medcl
