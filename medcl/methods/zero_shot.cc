// SPDX-License-Identifier: Apache-2.0
#include "medcl/methods/zero_shot.h"

#include "medcl/core/error.h"

namespace medcl {

LossTerms ZeroShotMethod::losses(Segmenter& /*network*/, const Batch& /*batch*/) {
  fail(ErrorCode::kFailure, {.what = "the method zero_shot has no losses",
                             .where = "method.name",
                             .expected = "a run without training steps"});
}

}  // namespace medcl
