// SPDX-License-Identifier: Apache-2.0
#pragma once

// Where the memory of libtorch's tensors comes from.

namespace medcl::fast {

/// From now on tensors of 4 MiB and more on the CPU take blocks of huge pages that are kept for the
/// next (medcl/core/large_blocks.h), for the whole process and to its end; smaller ones stay with
/// the allocator there was. Tensors that exist already are freed as they were allocated. Later
/// calls change nothing.
void keep_large_tensors();

}  // namespace medcl::fast
