// SPDX-License-Identifier: Apache-2.0
#pragma once

// How much memory a training will take, known before it starts: a system that runs out of memory
// ends the process without a word. The network and the method say what they take.

#include <cstdint>
#include <string>

#include "medcl/task/config.h"

namespace medcl {

/// About the peak of a training on the CPU: what passes keep, weights with their gradients, moments
/// and averages, embeddings, and the program. Within a fifth of what was measured for every network
/// (memory_test.cc). `options` are settled.
std::int64_t training_bytes(const RunOptions& options);

/// About what whole volumes take at once: while a case is prepared, with its labels as they are
/// read, and while those of validation, or without validation the `drawn` ones, are predicted
/// during a training of `training` bytes; the larger of both, and at least `training`.
std::int64_t bytes_with_volumes(std::int64_t training, std::int64_t most_voxels,
                                std::int64_t channels, std::int64_t judged_cases);

/// "0.6 GB".
std::string gigabytes_text(double bytes);

/// Does nothing on a GPU, for a run without training, or with train.memory_check = false.
/// @throws Error(kOutOfResources) when the training takes more than `available`; says which preset
/// and which batch fit.
void require_memory(const RunOptions& options, std::int64_t available);

}  // namespace medcl
