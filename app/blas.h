// SPDX-License-Identifier: Apache-2.0
#pragma once

// Matrix products of libtorch run in whatever BLAS the system has chosen; on Debian that is
// OpenBLAS.

namespace medcl {

/// Makes a loaded OpenBLAS fit for training; without OpenBLAS it does nothing. To be called first
/// in main().
///
/// - A release older than the processor falls back to kernels of 2004, slower by a factor of ten.
///   Kernels are chosen when the library is loaded, so the program is started once more, in the
///   same process, with OPENBLAS_CORETYPE set to what the processor can do.
/// - The build with its own threads (libopenblas0-pthread) is limited to one of them: they spin for
///   work beside libtorch's threads and take up to half of the machine. The build with OpenMP
///   (libopenblas0-openmp) shares libtorch's threads and is left alone.
///
/// - It takes a buffer for every thread that multiplies matrices, and where a limit of the address
///   space leaves none it asks for ever: the program takes them all at once, and ends with
///   ErrorCode::kOutOfResources where there is no room for one.
///
/// The first two do not happen where the user has set OPENBLAS_CORETYPE or OPENBLAS_NUM_THREADS.
void prepare_blas(char** argv);

}  // namespace medcl
