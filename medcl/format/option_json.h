// SPDX-License-Identifier: Apache-2.0
#pragma once

// Options as values of JSON.

#include "medcl/core/options.h"
#include "medcl/format/json.h"

namespace medcl {

/// The value of an option: a number, true or false, text, or a list of these.
Json value_json(const Option& option);

}  // namespace medcl
