// SPDX-License-Identifier: Apache-2.0
#include "app/signals.h"

#include <csignal>
#include <cstdlib>

#include "medcl/core/error.h"

namespace medcl {
namespace {

volatile std::sig_atomic_t g_signal = 0;
volatile std::sig_atomic_t g_asked = 0;  // by a person or a scheduler, who may ask twice

extern "C" void remember_signal(int signal) {
  if (signal == SIGINT || signal == SIGTERM) {
    if (g_asked != 0) std::_Exit(128 + signal);
    g_asked = 1;
  }
  if (g_signal == 0) g_signal = signal;
}

}  // namespace

void remember_signals() {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) {
    const auto before = std::signal(signal, remember_signal);
    const bool deaf = before == SIG_IGN && (signal == SIGHUP || signal == SIGPIPE);
    if (deaf) std::signal(signal, SIG_IGN);
  }
}

int remembered_signal() { return g_signal; }

void stop_if_asked() {
  if (g_signal != 0) fail(ErrorCode::kInterrupted, {.what = "stopped"});
}

}  // namespace medcl
