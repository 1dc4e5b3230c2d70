// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/child_process.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <numeric>
#include <thread>

#include "medcl/core/sanitizer.h"

namespace medcl {
namespace {

using Item = std::size_t;

std::string name_of(Item item) { return "file " + std::to_string(item); }

/// What becomes of `count` items, as texts.
std::vector<std::string> outcomes(Item count, const std::function<ChildOutput(Item)>& work,
                                  const ChildLimits& limits = {}) {
  std::vector<std::string> texts;
  for_each_in_child(
      count, work, name_of,
      [&](Item item, const ChildResult& result) {
        EXPECT_EQ(item, texts.size()) << "in order";
        const auto* error = std::get_if<Error>(&result);
        texts.emplace_back(error != nullptr ? error->what() : std::get<ChildOutput>(result).text);
      },
      limits);
  return texts;
}

void expect_no_child_left() {
  errno = 0;
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

TEST(ChildProcess, ResultsArriveInOrderAndWhole) {
  std::vector<float> sent(3'000'000);
  std::iota(sent.begin(), sent.end(), 0.0F);
  Item items = 0;
  for_each_in_child(
      3,
      [&](Item item) {
        return ChildOutput{std::string(item * 100'000, 'x'), sent};
      },
      name_of,
      [&](Item item, const ChildResult& result) {
        const auto& output = std::get<ChildOutput>(result);
        EXPECT_EQ(output.text, std::string(item * 100'000, 'x'));
        EXPECT_EQ(output.values, sent);
        ++items;
      });
  EXPECT_EQ(items, 3U);
  expect_no_child_left();
}

TEST(ChildProcess, ErrorsKeepTheirCodeAndMessage) {
  try {
    run_in_child("file", []() -> ChildOutput {
      fail(ErrorCode::kInvalidData, {.what = "no heart", .where = "chest.nii", .found = "ribs"});
    });
    FAIL() << "an error was expected";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidData);
    EXPECT_STREQ(error.what(), "chest.nii: no heart (found ribs)");
  }
}

/// 100 items, of which every second one kills its process in one of five ways.
TEST(ChildProcess, EveryDeathIsOneErrorAndTheOthersGoOn) {
  const auto work = [](Item item) -> ChildOutput {
    if (item % 2 == 0) return {"well", {}};
    switch (item / 2 % 5) {
      case 0:
        ::raise(SIGKILL);
        break;
      case 1:
        ::raise(SIGSEGV);
        break;
      case 2:
        std::abort();
      case 3:
        ::_exit(3);
      default:
        throw std::bad_alloc();
    }
    return {"unreachable", {}};
  };
  const auto texts = outcomes(100, work);
  ASSERT_EQ(texts.size(), 100U);
  int right = 0;
  for (Item item = 0; item < texts.size(); ++item) {
    const bool died = texts[item].find(name_of(item) + ": the process that works on the file") == 0;
    EXPECT_EQ(died, item % 2 == 1) << texts[item];
    right += died || texts[item] == "well" ? 1 : 0;
  }
  std::printf("%d of 100 items have the right outcome\n", right);
  expect_no_child_left();
}

TEST(ChildProcess, HangsAreEnded) {
  const auto work = [](Item item) -> ChildOutput {
    while (item == 1) ::pause();
    return {"well", {}};
  };
  const auto texts = outcomes(3, work, {.seconds = 0.3});
  ASSERT_EQ(texts.size(), 3U);
  EXPECT_EQ(texts[0], "well");
  EXPECT_NE(texts[1].find("file 1: the process that works on the file does not end"),
            std::string::npos)
      << texts[1];
  EXPECT_EQ(texts[2], "well");
  expect_no_child_left();
}

TEST(ChildProcess, MemoryIsLimited) {
  if (kAddressSpaceIsShadowed) GTEST_SKIP() << "a sanitizer maps more memory than there is";
  const auto work = [](Item) -> ChildOutput {
    return {"", std::vector<float>(std::size_t{1} << 28, 1.0F)};
  };
  try {
    run_in_child("bomb", [&] { return work(0); }, {.memory_bytes = 64 << 20});
    FAIL() << "an error was expected";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kOutOfResources);
    EXPECT_NE(std::string(error.what()).find("bomb: "), std::string::npos) << error.what();
  }
}

TEST(ChildProcess, AnErrorWhileTakingEndsTheChild) {
  EXPECT_THROW(for_each_in_child(
                   1000,
                   [](Item) {
                     return ChildOutput{"x", {}};
                   },
                   name_of, [](Item, const ChildResult&) { throw std::runtime_error("enough"); }),
               std::runtime_error);
  expect_no_child_left();
}

TEST(ChildProcess, ThreadsMayHaveChildrenAtOnce) {
  std::vector<std::thread> threads;
  std::vector<int> right(4, 0);
  for (std::size_t k = 0; k < right.size(); ++k) {
    threads.emplace_back([&right, k] {
      for (int round = 0; round < 20; ++round) {
        const auto text = std::to_string(k * 100 + static_cast<std::size_t>(round));
        right[k] += run_in_child("x", [&] { return ChildOutput{text, {}}; }).text == text ? 1 : 0;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(right, std::vector<int>(4, 20));
}

}  // namespace
}  // namespace medcl
