// SPDX-License-Identifier: Apache-2.0
#include "tests/hostile/child.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <regex>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "medcl/core/sanitizer.h"
#include "medcl/core/test_folder.h"

namespace medcl::hostile {
namespace {

using Clock = std::chrono::steady_clock;

void set_limit(decltype(RLIMIT_CPU) what, std::uint64_t soft, std::uint64_t hard) {
  const rlimit limit{soft, hard};
  ::setrlimit(what, &limit);
}

[[noreturn]] void become_program(const std::vector<std::string>& words, const Limits& limits,
                                 const std::string& folder, const std::string& out,
                                 const std::string& err) {
  const int out_file = ::open(out.c_str(), O_WRONLY | O_CREAT, 0600);
  const int err_file = ::open(err.c_str(), O_WRONLY | O_CREAT, 0600);
  const int in_file = ::open("/dev/null", O_RDONLY);
  if (!folder.empty() && ::chdir(folder.c_str()) != 0) ::_exit(126);
  ::dup2(in_file, 0);
  ::dup2(out_file, 1);
  ::dup2(err_file, 2);
  ::setenv("OMP_NUM_THREADS", "1", 1);
  set_limit(RLIMIT_CORE, 0, 0);
  set_limit(RLIMIT_CPU, limits.seconds, limits.seconds + 5);  // SIGXCPU, then SIGKILL
  const std::uint64_t space = limits.address_space_bytes;
  if (space > 0 && !kAddressSpaceIsShadowed) set_limit(RLIMIT_AS, space, space);
  if (limits.stack_bytes > 0) set_limit(RLIMIT_STACK, limits.stack_bytes, limits.stack_bytes);
  std::vector<char*> pointers;
  for (const std::string& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  ::execv(pointers[0], pointers.data());
  ::_exit(127);
}

/// Waits for the end of the child; kills it when it takes too long.
int wait_for(pid_t child, const Limits& limits, Outcome& outcome) {
  const auto end = Clock::now() + std::chrono::seconds(6 * limits.seconds);
  int status = 0;
  rusage usage{};
  while (::wait4(child, &status, WNOHANG, &usage) == 0) {
    if (Clock::now() > end && !outcome.hung) {
      outcome.hung = true;
      ::kill(child, SIGKILL);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  outcome.peak_bytes = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
  return status;
}

std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

std::vector<std::string> Outcome::error_lines() const {
  static const std::regex kBeside("^(warning: .*|[a-z]+ +[0-9]+/[0-9]+.*|)$");
  std::vector<std::string> lines;
  std::istringstream text(err);
  for (std::string line; std::getline(text, line);) {
    if (!std::regex_match(line, kBeside)) lines.push_back(line);
  }
  return lines;
}

std::string Outcome::text() const {
  const std::string end = hung          ? "hung"
                          : signal != 0 ? "signal " + std::to_string(signal)
                                        : "exit " + std::to_string(code);
  return end + "; stderr: " + err.substr(0, 600) + "; stdout: " + out.substr(0, 300);
}

std::filesystem::path program_path() {
  const char* given = std::getenv("MEDCL_PROGRAM");
  return std::filesystem::absolute(given != nullptr ? given : MEDCL_PROGRAM);
}

Outcome run_program(const std::vector<std::string>& arguments, const Limits& limits,
                    const std::filesystem::path& working_folder) {
  const TestFolder streams;
  const std::string out = (streams / "out").string(), err = (streams / "err").string();
  std::vector<std::string> words{program_path().string()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  const std::string folder = working_folder.string();
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("cannot fork");
  if (child == 0) become_program(words, limits, folder, out, err);
  Outcome outcome;
  const int status = wait_for(child, limits, outcome);
  outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  outcome.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  outcome.hung = outcome.hung || outcome.signal == SIGXCPU;
  outcome.out = content_of(out);
  outcome.err = content_of(err);
  return outcome;
}

}  // namespace medcl::hostile
