// SPDX-License-Identifier: Apache-2.0
#pragma once

// The system calls that a process keeps when it reads a stranger's file.
//
// Source: Linux, Documentation/userspace-api/seccomp_filter.rst.

namespace medcl {

/// From now on this process can only read files, take memory, look at the time and at itself,
/// write to what is open, and end; with `writes_files` also create, change, rename and remove
/// files. Every other call fails with EPERM; no further code is mapped. It cannot be undone, and
/// programs that are started gain no rights. False where the kernel or the architecture has no such
/// filter. Takes no memory from the heap.
bool filter_system_calls(bool writes_files) noexcept;

}  // namespace medcl
