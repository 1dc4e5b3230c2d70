// SPDX-License-Identifier: Apache-2.0
// A test tool, loaded with LD_PRELOAD: the n-th file operation of an unchanged program fails or is
// the last thing that it does.
//
//   MEDCL_FAULT_PATH  operations on paths that hold this text count; "text$": that end with it
//   MEDCL_FAULT_KIND  only operations of this kind count, such as "write"; absent: all
//   MEDCL_FAULT_AT    number of the operation, from 1; absent: none
//   MEDCL_FAULT_DO    kill: SIGKILL right after it; torn: SIGKILL after half of a write, or before
//                     any other operation; eio, enospc: it fails with that error; int: SIGINT
//                     right after it
//   MEDCL_READER_CRASH  a child of the program that opens a file whose path holds this text as a
//                     stream gets the signal of number MEDCL_READER_SIGNAL
//   MEDCL_CLOCK_OFFSET_S  seconds by which the clock of the day goes wrong
//   MEDCL_FAULT_LOG   file that receives a line "number operation path" per operation
//
// Operations: create (of a file), write, fsync, rename, remove, mkdir; those of streams (stdio) and
// of children count too, in one count.

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <string_view>

namespace {

template <typename Function>
Function real(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

struct Plan {
  std::string path = variable("MEDCL_FAULT_PATH");
  std::string kind = variable("MEDCL_FAULT_KIND");
  long at = std::atol(variable("MEDCL_FAULT_AT").c_str());
  std::string action = variable("MEDCL_FAULT_DO");
  std::string log = variable("MEDCL_FAULT_LOG");

  [[nodiscard]] bool counts(std::string_view operation, std::string_view name) const {
    if (!kind.empty() && operation != kind) {
      return false;
    }
    if (path.ends_with('$')) {
      return name.ends_with(std::string_view(path).substr(0, path.size() - 1));
    }
    return !path.empty() && name.find(path) != std::string_view::npos;
  }
};

const Plan& plan() {
  static const Plan one;
  return one;
}

/// Shared with children.
std::atomic<long>& operations() {
  static auto* const count = static_cast<std::atomic<long>*>(
      ::mmap(nullptr, sizeof(std::atomic<long>), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
             -1, 0));
  return *count;
}

[[noreturn]] void die() {
  for (;;) {
    ::kill(::getpid(), SIGKILL);
  }
}

void note(long number, const char* operation, const std::string& path) {
  static const auto open_file = real<int (*)(const char*, int, ...)>("open");
  static const auto write_bytes = real<ssize_t (*)(int, const void*, size_t)>("write");
  static const auto close_file = real<int (*)(int)>("close");
  // Opened each time: children close what they inherit. One without the right to write says
  // nothing.
  const int file = open_file(plan().log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (file < 0) return;
  const std::string line = std::to_string(number) + " " + operation + " " + path + "\n";
  if (write_bytes(file, line.data(), line.size()) < 0) {
    std::abort();
  }
  close_file(file);
}

/// What shall happen with the operation at hand.
enum class Fate { kPass, kKillAfter, kInterruptAfter, kTorn, kFail };

Fate fate_of(const char* operation, const std::string& path) {
  if (!plan().counts(operation, path)) return Fate::kPass;
  const long number = ++operations();
  if (!plan().log.empty()) note(number, operation, path);
  if (number != plan().at) return Fate::kPass;
  if (plan().action == "kill") return Fate::kKillAfter;
  if (plan().action == "int") return Fate::kInterruptAfter;
  if (plan().action == "torn") return Fate::kTorn;
  errno = plan().action == "enospc" ? ENOSPC : EIO;
  return Fate::kFail;
}

std::string path_of(int descriptor) {
  char path[4096];
  const std::string link = "/proc/self/fd/" + std::to_string(descriptor);
  const ssize_t length = ::readlink(link.c_str(), path, sizeof path);
  return {path, static_cast<std::size_t>(length > 0 ? length : 0)};
}

void act_afterwards(Fate fate) {
  if (fate == Fate::kKillAfter || fate == Fate::kTorn) die();
  if (fate == Fate::kInterruptAfter) std::raise(SIGINT);
}

/// Carries out an operation that is not a write.
template <typename Call>
int carry_out(const char* operation, const std::string& path, Call call) {
  const Fate fate = fate_of(operation, path);
  if (fate == Fate::kFail) return -1;
  if (fate == Fate::kTorn) die();
  const int result = call();
  act_afterwards(fate);
  return result;
}

const pid_t program = ::getpid();
[[maybe_unused]] const long shared_from_here = operations();  // before there are children

void crash_if_asked(const char* path) {
  static const std::string text = variable("MEDCL_READER_CRASH");
  if (text.empty() || ::getpid() == program ||
      std::string_view(path).find(text) == std::string::npos) {
    return;
  }
  std::raise(std::atoi(variable("MEDCL_READER_SIGNAL").c_str()));
}

FILE* open_stream(const char* function, const char* path, const char* mode) {
  crash_if_asked(path);
  const Fate fate = mode[0] == 'r' ? Fate::kPass : fate_of("create", path);
  if (fate == Fate::kFail) return nullptr;
  if (fate == Fate::kTorn) die();
  FILE* stream = real<FILE* (*)(const char*, const char*)>(function)(path, mode);
  act_afterwards(fate);
  return stream;
}

}  // namespace

extern "C" {

FILE* fopen(const char* path, const char* mode) { return open_stream("fopen", path, mode); }

FILE* fopen64(const char* path, const char* mode) { return open_stream("fopen64", path, mode); }

size_t fwrite(const void* data, size_t size, size_t count, FILE* stream) {
  static const auto next = real<size_t (*)(const void*, size_t, size_t, FILE*)>("fwrite");
  const Fate fate = fate_of("write", path_of(::fileno(stream)));
  if (fate == Fate::kFail) return 0;
  const size_t written = next(data, size, fate == Fate::kTorn ? count / 2 : count, stream);
  if (fate != Fate::kPass) std::fflush(stream);
  act_afterwards(fate);
  return written;
}

ssize_t writev(int descriptor, const iovec* parts, int count) {
  static const auto next = real<ssize_t (*)(int, const iovec*, int)>("writev");
  const Fate fate = fate_of("write", path_of(descriptor));
  if (fate == Fate::kFail) return -1;
  const ssize_t written = next(descriptor, parts, fate == Fate::kTorn ? 1 : count);
  act_afterwards(fate);
  return written;
}

int open(const char* path, int flags, ...) {
  static const auto next = real<int (*)(const char*, int, ...)>("open");
  mode_t mode = 0;
  if ((flags & O_CREAT) == 0) return next(path, flags);
  va_list arguments;
  va_start(arguments, flags);
  mode = va_arg(arguments, mode_t);
  va_end(arguments);
  return carry_out("create", path, [&] { return next(path, flags, mode); });
}

ssize_t write(int descriptor, const void* data, size_t size) {
  static const auto next = real<ssize_t (*)(int, const void*, size_t)>("write");
  const Fate fate = fate_of("write", path_of(descriptor));
  if (fate == Fate::kFail) return -1;
  const ssize_t written = next(descriptor, data, fate == Fate::kTorn ? size / 2 : size);
  act_afterwards(fate);
  return written;
}

int fsync(int descriptor) {
  static const auto next = real<int (*)(int)>("fsync");
  return carry_out("fsync", path_of(descriptor), [&] { return next(descriptor); });
}

int rename(const char* from, const char* to) noexcept {
  static const auto next = real<int (*)(const char*, const char*)>("rename");
  return carry_out("rename", to, [&] { return next(from, to); });
}

int renameat2(int from_folder, const char* from, int to_folder, const char* to,
              unsigned flags) noexcept {
  static const auto next = real<int (*)(int, const char*, int, const char*, unsigned)>("renameat2");
  return carry_out("rename", to, [&] { return next(from_folder, from, to_folder, to, flags); });
}

int remove(const char* path) noexcept {
  static const auto next = real<int (*)(const char*)>("remove");
  return carry_out("remove", path, [&] { return next(path); });
}

int unlinkat(int folder, const char* path, int flags) noexcept {
  static const auto next = real<int (*)(int, const char*, int)>("unlinkat");
  return carry_out("remove", path_of(folder) + "/" + path,
                   [&] { return next(folder, path, flags); });
}

int mkdir(const char* path, mode_t mode) noexcept {
  static const auto next = real<int (*)(const char*, mode_t)>("mkdir");
  return carry_out("mkdir", path, [&] { return next(path, mode); });
}

int clock_gettime(clockid_t clock, timespec* time) noexcept {
  static const auto next = real<int (*)(clockid_t, timespec*)>("clock_gettime");
  static const long offset_s = std::atol(variable("MEDCL_CLOCK_OFFSET_S").c_str());
  const int result = next(clock, time);
  if (result == 0 && clock == CLOCK_REALTIME) time->tv_sec += offset_s;
  return result;
}

}  // extern "C"
