// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/running_program.h"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "medcl/core/error.h"
#include "medcl/core/file_system.h"
#include "medcl/core/test_folder.h"

namespace medcl {
namespace {

ProgramEnd wait_for(RunningProgram& program) {
  while (!program.ended()) std::this_thread::yield();
  return *program.ended();
}

TEST(RunningProgram, AppendsWhatItPrintsAndSaysHowItEnded) {
  const TestFolder folder;
  const auto log = folder / "log";
  RunningProgram first("/bin/sh", {"-c", "echo one; echo two >&2; exit 3"}, log);
  EXPECT_EQ(wait_for(first).exit_code, 3);
  RunningProgram second("/bin/sh", {"-c", "echo three"}, log);
  EXPECT_EQ(wait_for(second).exit_code, 0);
  const std::vector<std::uint8_t> bytes = read_file(log);
  EXPECT_EQ(std::string(bytes.begin(), bytes.end()), "one\ntwo\nthree\n");
}

TEST(RunningProgram, IsAskedOnceAndNamesTheSignal) {
  const TestFolder folder;
  RunningProgram program("/bin/sleep", {"60"}, folder / "log");
  program.interrupt();
  program.interrupt();
  EXPECT_EQ(wait_for(program).signal, SIGINT);
  EXPECT_EQ(program.ended()->exit_code, 130);
}

TEST(RunningProgram, EndsWithItsObject) {
  const TestFolder folder;
  const auto start = std::chrono::steady_clock::now();
  { const RunningProgram program("/bin/sleep", {"60"}, folder / "log"); }
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(50));
}

TEST(RunningProgram, SaysWhatCannotBeStarted) {
  const TestFolder folder;
  RunningProgram program(folder / "absent", {}, folder / "log");
  EXPECT_EQ(wait_for(program).exit_code, 127);
  EXPECT_THROW(RunningProgram("/bin/true", {}, folder / "no" / "log"), Error);
}

}  // namespace
}  // namespace medcl
