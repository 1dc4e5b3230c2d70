// SPDX-License-Identifier: Apache-2.0
#pragma once

// What limits of the address space (`ulimit -v`, `ulimit -d`) leave for libraries that ask for
// memory for ever when they get none.

namespace medcl {

/// What OpenBLAS 0.3 takes for each thread that multiplies matrices.
inline constexpr unsigned long kBlasBufferBytes = 129UL << 20;

/// The threads that OpenBLAS makes buffers for when it is loaded: as many as there are cores, or as
/// OPENBLAS_NUM_THREADS, GOTO_NUM_THREADS or OMP_NUM_THREADS say.
unsigned long threads_of_blas(char** environment);

/// Whether a limit is set. False with sanitizers, for limits mean nothing to them.
bool is_address_space_limited();

/// Ends the program with ErrorCode::kOutOfResources, naming both numbers, where a limit leaves less
/// than `needed_bytes`. May run before constructors.
void require_address_space(unsigned long needed_bytes);

}  // namespace medcl
