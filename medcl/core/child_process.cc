// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fstream>
#include <mutex>
#include <new>

#include "medcl/core/child_rights.h"
#include "medcl/core/sanitizer.h"

namespace medcl {
namespace {

using Clock = std::chrono::steady_clock;

/// Exit codes of a child that says itself what went wrong.
constexpr int kOutOfMemory = 77, kBrokenPipe = 78;

/// In front of every result in the pipe.
struct Frame {
  std::int32_t error_code;  ///< 0: a result; else `text` is the message of an Error
  std::uint64_t text_bytes, value_count;
};

void write_all(int pipe, const void* data, std::size_t size) {
  const auto* at = static_cast<const char*>(data);
  while (size > 0) {
    const ssize_t written = ::write(pipe, at, size);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) ::_exit(kBrokenPipe);
    at += written;
    size -= static_cast<std::size_t>(written);
  }
}

void send(int pipe, int error_code, const ChildOutput& output) {
  const Frame frame{error_code, output.text.size(), output.values.size()};
  write_all(pipe, &frame, sizeof frame);
  write_all(pipe, output.text.data(), output.text.size());
  write_all(pipe, output.values.data(), output.values.size() * sizeof(float));
}

std::uint64_t mapped_bytes() {
  std::uint64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

void limit(int resource, rlim_t value) {
  const rlimit both{value, value};
  static_cast<void>(::setrlimit(static_cast<__rlimit_resource>(resource), &both));
}

/// A child does not outlive its parent, leaves Ctrl-C to it, is quiet, and can do no harm.
void settle_in_child(pid_t parent, std::uint64_t memory_bytes, const ChildRights& keep) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(kBrokenPipe);
  for (const int signal : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL}) std::signal(signal, SIG_DFL);
  for (const int signal : {SIGINT, SIGTERM, SIGPIPE}) std::signal(signal, SIG_IGN);
  limit(RLIMIT_CORE, 0);
  if (!kAddressSpaceIsShadowed) limit(RLIMIT_AS, memory_bytes);
  const int nowhere = ::open("/dev/null", O_RDWR);
  for (const int stream : {0, 1, 2}) ::dup2(nowhere, stream);
  give_rights_away(keep);
}

[[noreturn]] void serve(int pipe, std::size_t first, std::size_t count,
                        const std::function<ChildOutput(std::size_t)>& work) {
  for (std::size_t item = first; item < count; ++item) {
    try {
      send(pipe, 0, work(item));
    } catch (const Error& error) {
      send(pipe, static_cast<int>(error.code()), {error.what(), {}});
    } catch (const std::bad_alloc&) {
      ::_exit(kOutOfMemory);
    } catch (const std::exception& error) {
      send(pipe, static_cast<int>(ErrorCode::kIo), {error.what(), {}});
    }
  }
  ::_exit(0);
}

class Child {
 public:
  Child(std::size_t first, std::size_t count, const std::function<ChildOutput(std::size_t)>& work,
        const ChildLimits& limits)
      : seconds_(limits.seconds) {
    const std::uint64_t memory_bytes = mapped_bytes() + limits.memory_bytes;
    const pid_t parent = ::getpid();
    // A child must not hold the writing end of another's pipe: its end would not be seen.
    static std::mutex starting;
    const std::scoped_lock lock(starting);
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) no_child();
    process_ = ::fork();
    if (process_ == 0) {
      ::close(ends[0]);
      settle_in_child(parent, memory_bytes, {ends[1], limits.writes_files});
      serve(ends[1], first, count, work);
    }
    ::close(ends[1]);
    pipe_ = ends[0];
    if (process_ < 0) {
      ::close(pipe_);
      no_child();
    }
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    ::close(pipe_);
    static_cast<void>(end(/*kill=*/true));
  }

  /// The next result; an Error about `where` when there is none, and then the child is gone.
  ChildResult receive(const std::string& where, bool& gone) {
    Frame frame{};
    ChildOutput output;
    gone = !read_all(&frame, sizeof frame);
    if (!gone) {
      output.text.resize(frame.text_bytes);
      output.values.resize(frame.value_count);
      gone = !read_all(output.text.data(), output.text.size()) ||
             !read_all(output.values.data(), output.values.size() * sizeof(float));
    }
    if (gone) return obituary(where);
    if (frame.error_code != 0) return Error(static_cast<ErrorCode>(frame.error_code), output.text);
    return output;
  }

 private:
  [[noreturn]] static void no_child() {
    fail(ErrorCode::kOutOfResources, {.what = "cannot start a process for a file",
                                      .where = "fork",
                                      .expected = {},
                                      .found = std::strerror(errno),
                                      .remedy = "raise the limit of processes (ulimit -u)"});
  }

  /// False at the end of the pipe, or when nothing comes for too long.
  bool read_all(void* data, std::size_t size) {
    auto* at = static_cast<char*>(data);
    auto deadline = Clock::now() + std::chrono::duration<double>(seconds_);
    while (size > 0) {
      const auto left =
          std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
      pollfd ready{pipe_, POLLIN, 0};
      const int polled =
          ::poll(&ready, 1, static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 1 << 30)));
      if (polled < 0 && errno == EINTR) continue;
      late_ = polled == 0;
      if (polled <= 0) return false;
      const ssize_t got = ::read(pipe_, at, size);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return false;
      at += got;
      size -= static_cast<std::size_t>(got);
      deadline = Clock::now() + std::chrono::duration<double>(seconds_);
    }
    return true;
  }

  /// Status of the child, for which this waits unless it is killed; 0 when it is gone already.
  int end(bool kill) {
    int status = 0;
    if (process_ <= 0) return status;
    if (kill) ::kill(process_, SIGKILL);
    while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
    }
    process_ = 0;
    return status;
  }

  Error obituary(const std::string& where) {
    const int status = end(/*kill=*/late_);  // one that closed its pipe is about to end
    Problem problem{.what = "the process that works on the file crashed",
                    .where = where,
                    .expected = "an end without a crash",
                    .found = {},
                    .remedy = "the file is damaged, or not supported: convert it to NIfTI"};
    if (late_) {
      problem.what = "the process that works on the file does not end";
      problem.expected = "an end within " + std::to_string(static_cast<int>(seconds_)) + " s";
      problem.found = "none";
    } else if (WIFEXITED(status) && WEXITSTATUS(status) == kOutOfMemory) {
      problem.what = "the process that works on the file takes too much memory";
      problem.found = "more than the limit";
      return {ErrorCode::kOutOfResources, problem};
    } else {
      problem.found = WIFSIGNALED(status) ? std::string(::strsignal(WTERMSIG(status)))
                                          : "exit code " + std::to_string(WEXITSTATUS(status));
    }
    return {ErrorCode::kIo, problem};
  }

  double seconds_;
  pid_t process_ = 0;
  int pipe_ = -1;
  bool late_ = false;
};

}  // namespace

void for_each_in_child(std::size_t count, const std::function<ChildOutput(std::size_t)>& work,
                       const std::function<std::string(std::size_t)>& where,
                       const std::function<void(std::size_t, ChildResult)>& take,
                       const ChildLimits& limits) {
  for (std::size_t item = 0; item < count;) {
    Child child(item, count, work, limits);
    for (bool gone = false; !gone && item < count; ++item) {
      take(item, child.receive(where(item), gone));
    }
  }
}

ChildOutput run_in_child(const std::string& where, const std::function<ChildOutput()>& work,
                         const ChildLimits& limits) {
  ChildOutput output;
  for_each_in_child(
      1, [&](std::size_t) { return work(); }, [&](std::size_t) { return where; },
      [&](std::size_t, ChildResult result) {
        if (const auto* error = std::get_if<Error>(&result)) throw *error;
        output = std::get<ChildOutput>(std::move(result));
      },
      limits);
  return output;
}

}  // namespace medcl
