// SPDX-License-Identifier: Apache-2.0
#include "app/signals.h"

#include <csignal>
#include <cstdlib>

namespace medcl {
namespace {

volatile std::sig_atomic_t g_signal = 0;

extern "C" void remember_signal(int signal) {
  if (g_signal != 0) {
    std::_Exit(128 + signal);
  }
  g_signal = signal;
}

}  // namespace

void remember_signals() {
  std::signal(SIGINT, remember_signal);
  std::signal(SIGTERM, remember_signal);
}

int remembered_signal() { return g_signal; }

}  // namespace medcl
