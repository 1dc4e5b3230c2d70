// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a process that reads a stranger's file is allowed to do: hardly anything but to read and
// compute, so that a fault of a library in it cannot be turned against the user.

namespace medcl {

struct ChildRights {
  int pipe = -1;              ///< the one descriptor above 2 that stays open
  bool writes_files = false;  ///< a writer may create, change, rename and remove files
};

/// To be called once, in a process with one thread. Afterwards this process
/// - has no other open file than the streams 0 to 2 and the pipe;
/// - loads no plug-in of ITK or HDF5 from a folder that the environment names;
/// - cannot gain rights by starting a program (no_new_privs), and where the kernel filters system
///   calls (Linux on x86-64 and AArch64, seccomp): open files for reading only unless
///   `writes_files`, no socket, no other process or thread, no program, no signal to anybody else.
///   A call that is not allowed fails with EPERM.
/// Where the kernel has no such filter the rest still holds. Throws nothing.
void give_rights_away(const ChildRights& keep) noexcept;

}  // namespace medcl
