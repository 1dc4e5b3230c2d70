// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/running_program.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "medcl/core/descriptor.h"
#include "medcl/core/error.h"
#include "medcl/core/system_error.h"

namespace medcl {
namespace {

constexpr int kNotStarted = 127;  // as a shell says it

[[noreturn]] void become(pid_t parent, const char* program, char* const* words, int log) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(kNotStarted);
  const int nothing = ::open("/dev/null", O_RDONLY);
  ::dup2(nothing, 0);
  ::dup2(log, 1);
  ::dup2(log, 2);
  ::execv(program, words);
  ::_exit(kNotStarted);
}

ProgramEnd end_of(int status) {
  if (!WIFSIGNALED(status)) return {WEXITSTATUS(status), 0};
  return {128 + WTERMSIG(status), WTERMSIG(status)};
}

}  // namespace

RunningProgram::RunningProgram(const std::filesystem::path& program,
                               const std::vector<std::string>& words,
                               const std::filesystem::path& log) {
  const Descriptor file(
      ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0644));
  if (file.get() < 0) fail_with_errno(errno, "cannot write the log", log);
  const std::string name = program.string(), shown = "medcl";
  std::vector<char*> arguments{const_cast<char*>(shown.c_str())};
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const pid_t parent = ::getpid();
  process_ = ::fork();
  if (process_ == 0) become(parent, name.c_str(), arguments.data(), file.get());
  if (process_ > 0) return;
  fail(ErrorCode::kOutOfResources, {.what = "cannot start a process",
                                    .where = name,
                                    .expected = {},
                                    .found = std::strerror(errno),
                                    .remedy = "raise the limit of processes (ulimit -u)"});
}

RunningProgram::~RunningProgram() {
  if (end_) return;
  ::kill(process_, SIGKILL);
  while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

std::optional<ProgramEnd> RunningProgram::ended() {
  int status = 0;
  if (!end_ && ::waitpid(process_, &status, WNOHANG) == process_) end_ = end_of(status);
  return end_;
}

void RunningProgram::interrupt() {
  if (!end_ && !interrupted_) ::kill(process_, SIGINT);
  interrupted_ = true;
}

std::filesystem::path this_program() { return "/proc/self/exe"; }

}  // namespace medcl
