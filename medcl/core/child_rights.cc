// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/child_rights.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "medcl/core/call_filter.h"

namespace medcl {
namespace {

/// Variables through which libraries load code of others.
constexpr std::array kPluginVariables{"ITK_AUTOLOAD_PATH", "HDF5_PLUGIN_PATH",
                                      "HDF5_PLUGIN_PRELOAD", "HDF5_VOL_CONNECTOR", "HDF5_DRIVER"};

void close_range_of(unsigned first, unsigned last) {
  if (first > last) return;
#ifdef SYS_close_range
  if (::syscall(SYS_close_range, first, last, 0) == 0) return;
#endif
  const long most = ::sysconf(_SC_OPEN_MAX);
  for (unsigned one = first; one <= last && static_cast<long>(one) < most; ++one) {
    ::close(static_cast<int>(one));
  }
}

void close_all_but(int pipe) {
  constexpr unsigned kFirst = 3;  // behind the standard streams
  const auto kept = static_cast<unsigned>(pipe);
  close_range_of(kFirst, kept - 1);
  close_range_of(kept + 1, ~0U);
}

}  // namespace

void give_rights_away(const ChildRights& keep) noexcept {
  close_all_but(keep.pipe);
  for (const char* name : kPluginVariables) ::unsetenv(name);
  filter_system_calls(keep.writes_files);
}

}  // namespace medcl
