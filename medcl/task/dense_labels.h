// SPDX-License-Identifier: Apache-2.0
#pragma once

// Whether labels are dense, for methods that take every pixel's class for known.

#include <string>
#include <vector>

#include "medcl/dataset/case_store.h"
#include "medcl/dataset/dataset.h"
#include "medcl/sampling/sampler.h"

namespace medcl {

/// `slices`: those that are trained on. `method`: whose name the message says.
/// @throws Error(kInvalidData) naming the cases with an annotated slice in which a pixel has no
/// class, and those whose 0 seems to be what nobody drew; and what can be done, which depends on
/// whether training cases, validation cases or none of them have dense labels.
void require_dense_labels(const CaseStore& store, const std::vector<SliceRef>& slices,
                          const Split& split, const std::string& method);

}  // namespace medcl
