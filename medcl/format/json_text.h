// SPDX-License-Identifier: Apache-2.0
#pragma once

// JSON as text, and words for what is wrong with a value.
//
// Texts in memory may hold any bytes, such as names of files in another encoding; in JSON text they
// are written and read as core/utf8.h says, by every function here and in format/json.h.

#include <string>

#include "medcl/core/error.h"
#include "medcl/format/json.h"

namespace medcl {

/// `value` as JSON text, on one line, or indented by `indent` spaces. Takes any value.
std::string json_text(const Json& value, int indent = -1);

/// What the library says is wrong, without its own marks: "type must be number, but is string".
std::string json_reason(const Json::exception& error);

/// What `work` returns. Where it meets a value of the wrong type, or none, in a description that
/// was read from `where`, this throws Error(kIo) with `what` instead of the library's own
/// exception.
template <typename Work>
auto reading_json(const std::string& what, const std::string& where, const Work& work) {
  try {
    return work();
  } catch (const Json::exception& error) {
    fail(ErrorCode::kIo, {.what = what,
                          .where = where,
                          .expected = {},
                          .found = json_reason(error),
                          .remedy = "the file is damaged or not of this program"});
  }
}

}  // namespace medcl
