// SPDX-License-Identifier: Apache-2.0
#pragma once

// Signals as a wish to stop that a verb can fulfil in order: Ctrl-C, SIGTERM, SIGHUP (the terminal
// is gone) and SIGPIPE (whoever read the log is gone).

namespace medcl {

/// From here on the first of these signals is remembered. A second Ctrl-C or SIGTERM ends the
/// program at once; a terminal that goes says so more than once, which changes nothing. SIGHUP and
/// SIGPIPE stay ignored where they were (nohup).
void remember_signals();

/// The signal that has come, or 0.
int remembered_signal();

/// For work that is not worth saving. @throws Error(kInterrupted) after a signal.
void stop_if_asked();

}  // namespace medcl
