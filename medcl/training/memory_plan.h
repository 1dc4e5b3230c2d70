// SPDX-License-Identifier: Apache-2.0
#pragma once

// How much memory a training will take, known before it starts: a system that runs out of memory
// ends the process without a word.

#include <cstdint>

#include "medcl/training/config.h"

namespace medcl {

/// About the peak of a training of a U-Net on the CPU: activations of all passes, weights with
/// their gradients, moments and averages, and the program. Within a fifth of what was measured
/// (memory_plan_test.cc). `options` are settled.
std::int64_t training_bytes(const RunOptions& options);

/// Does nothing for a SAM, on a GPU, or with train.memory_check = false. @throws
/// Error(kOutOfResources) when the training takes more than `available`; says which batch fits.
void require_memory(const RunOptions& options, std::int64_t available);

}  // namespace medcl
