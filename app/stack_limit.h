// SPDX-License-Identifier: Apache-2.0
#pragma once

// Stacks large enough for a network, under limits of their size (`ulimit -s`) too.

namespace medcl {

/// Raises a limit of the stack that is too small as far as it may be raised, and gives threads a
/// stack of their own size where the limit, which they would take over, is too small. To be called
/// before the first thread starts. @throws Error(kOutOfResources) where the main thread's stack
/// stays too small.
void require_stack();

}  // namespace medcl
