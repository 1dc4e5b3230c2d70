// SPDX-License-Identifier: Apache-2.0
#pragma once

// Whether the window of intensities that a preparation keeps is one.

#include "medcl/dataset/case_store.h"

namespace medcl {

/// @throws Error(kUsage) for Normalisation::kWindow without width.
void require_window(const PrepareOptions& options);

}  // namespace medcl
