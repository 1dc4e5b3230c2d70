// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/call_filter.h"

#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>

namespace medcl {
namespace {

#ifdef __x86_64__
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#else
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#endif

constexpr std::uint32_t kAllow = SECCOMP_RET_ALLOW, kRefuse = SECCOMP_RET_ERRNO | EPERM;

constexpr std::array kReading{
    SYS_read,
    SYS_pread64,
    SYS_readv,
    SYS_write,
    SYS_writev,
    SYS_close,
    SYS_lseek,
    SYS_fstat,
    SYS_newfstatat,
    SYS_statx,
    SYS_statfs,
    SYS_fstatfs,
    SYS_faccessat,
    SYS_readlinkat,
    SYS_getcwd,
    SYS_getdents64,
    SYS_fadvise64,
    SYS_flock,
    SYS_ppoll,
    // memory
    SYS_brk,
    SYS_munmap,
    SYS_mremap,
    SYS_madvise,
    // time, chance and this process itself
    SYS_clock_gettime,
    SYS_clock_nanosleep,
    SYS_nanosleep,
    SYS_gettimeofday,
    SYS_getrandom,
    SYS_sysinfo,
    SYS_uname,
    SYS_getrusage,
    SYS_times,
    SYS_getpid,
    SYS_gettid,
    SYS_getppid,
    SYS_getuid,
    SYS_geteuid,
    SYS_getgid,
    SYS_getegid,
    SYS_sched_getaffinity,
    SYS_sched_yield,
    SYS_futex,
    SYS_set_robust_list,
    SYS_rt_sigaction,
    SYS_rt_sigprocmask,
    SYS_rt_sigreturn,
    SYS_sigaltstack,
    SYS_restart_syscall,
    SYS_exit,
    SYS_exit_group,
#ifdef __x86_64__  // calls that newer architectures do without
    SYS_stat,
    SYS_lstat,
    SYS_access,
    SYS_readlink,
    SYS_poll,
    SYS_time,
#endif
};

constexpr std::array kWriting{
    SYS_pwrite64,  SYS_ftruncate, SYS_fsync,  SYS_fdatasync, SYS_unlinkat,
    SYS_renameat2, SYS_mkdirat,   SYS_fchmod, SYS_openat,
#ifdef __x86_64__
    SYS_open,      SYS_creat,     SYS_unlink, SYS_rename,    SYS_mkdir,
    SYS_rmdir,     SYS_truncate,
#endif
};

/// A call that is allowed when an argument of 32 bits has none of some bits, or one value.
struct Condition {
  long call;
  unsigned argument;
  bool no_bits;  ///< of `value`; else equality
  std::uint32_t value;
};

constexpr std::uint32_t kWriteFlags = O_ACCMODE | O_CREAT | O_TRUNC;

constexpr std::array kConditions{
    Condition{SYS_openat, 2, true, kWriteFlags},
#ifdef __x86_64__
    Condition{SYS_open, 1, true, kWriteFlags},
#endif
    Condition{SYS_mmap, 2, true, PROT_EXEC},     Condition{SYS_mprotect, 2, true, PROT_EXEC},
    Condition{SYS_prlimit64, 0, false, 0},  // its own limits
    Condition{SYS_ioctl, 1, false, FIONREAD},    Condition{SYS_fcntl, 1, false, F_GETFL},
    Condition{SYS_fcntl, 1, false, F_GETFD},     Condition{SYS_fcntl, 1, false, F_SETFD},
};

class Program {
 public:
  Program() {
    load(offsetof(seccomp_data, arch));
    add(BPF_JMP | BPF_JEQ | BPF_K, kArchitecture, 1, 0);
    add(BPF_RET | BPF_K, kRefuse);
    load(offsetof(seccomp_data, nr));
  }

  void allow(long call) {
    add(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(call), 0, 1);
    add(BPF_RET | BPF_K, kAllow);
  }

  void allow(const Condition& one) {
    add(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(one.call), 0, 4);
    load(offsetof(seccomp_data, args) + one.argument * sizeof(std::uint64_t));  // little-endian
    const std::uint8_t when_met = one.no_bits ? 1 : 0, when_not = one.no_bits ? 0 : 1;
    add(BPF_JMP | BPF_K | (one.no_bits ? BPF_JSET : BPF_JEQ), one.value, when_met, when_not);
    add(BPF_RET | BPF_K, kAllow);
    load(offsetof(seccomp_data, nr));
  }

  bool install() {
    add(BPF_RET | BPF_K, kRefuse);
    const sock_fprog program{used_, code_.data()};
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
  }

 private:
  void load(std::size_t offset) {
    add(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset));
  }
  void add(int operation, std::uint32_t value, std::uint8_t when_true = 0,
           std::uint8_t when_false = 0) {
    code_[used_++] = {static_cast<std::uint16_t>(operation), when_true, when_false, value};
  }

  static constexpr std::size_t kMost =
      2 * (kReading.size() + kWriting.size() + 2) + 5 * (kConditions.size() + 3) + 5;
  std::array<sock_filter, kMost> code_{};
  unsigned short used_ = 0;
};

}  // namespace

bool filter_system_calls(bool writes_files) noexcept {
  Program program;
  for (const long call : kReading) program.allow(call);
  if (writes_files) {
    for (const long call : kWriting) program.allow(call);
  }
  for (const Condition& one : kConditions) program.allow(one);
  const auto own = static_cast<std::uint32_t>(::getpid());
  program.allow({SYS_tgkill, 0, false, own});  // abort() and the like
  program.allow({SYS_kill, 0, false, own});
  return program.install();
}

}  // namespace medcl

#else

namespace medcl {

bool filter_system_calls(bool) noexcept { return false; }

}  // namespace medcl

#endif
