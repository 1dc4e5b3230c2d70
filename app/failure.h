// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the program says, and ends with, because of an exception.

#include <string>

#include "medcl/core/error.h"

namespace medcl {

struct Failure {
  ErrorCode code = ErrorCode::kFailure;
  std::string message;  ///< one line
};

/// Of the exception that is being handled: call it in a catch clause.
Failure current_failure();

}  // namespace medcl
