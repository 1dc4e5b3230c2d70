// SPDX-License-Identifier: Apache-2.0
#pragma once

// How much memory a training will take, known before it starts: a system that runs out of memory
// ends the process without a word.

#include <cstdint>

#include "medcl/training/config.h"

namespace medcl {

/// About the peak of a training on the CPU: activations of all passes, weights with their
/// gradients, moments and averages, embeddings that a SAM keeps, and the program. Within a fifth of
/// what was measured (memory_plan_test.cc). `options` are settled and, for a SAM, name the words of
/// every class.
std::int64_t training_bytes(const RunOptions& options);

/// Does nothing on a GPU, for a method that does not train, or with train.memory_check = false.
/// @throws Error(kOutOfResources) when the training takes more than `available`; says which preset
/// and which batch fit.
void require_memory(const RunOptions& options, std::int64_t available);

}  // namespace medcl
