// SPDX-License-Identifier: Apache-2.0
#pragma once

// Ctrl-C and SIGTERM as a wish to stop that a verb can fulfil in order.

namespace medcl {

/// From here on the first SIGINT or SIGTERM is remembered; a second one ends the program at once.
void remember_signals();

/// The signal that has come, or 0.
int remembered_signal();

}  // namespace medcl
