// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/large_blocks.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <random>
#include <thread>
#include <vector>

namespace medcl {
namespace {

constexpr std::size_t kPage = LargeBlocks::kPage;

TEST(LargeBlocks, AreWritableAndLieAtPages) {
  LargeBlocks blocks;
  for (const std::size_t bytes : {std::size_t{1}, kPage, kPage + 1, 5 * kPage - 7}) {
    void* const block = blocks.take(bytes);
    ASSERT_NE(block, nullptr);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(block) % kPage, 0U);
    std::memset(block, 0xAB, bytes);
    EXPECT_TRUE(blocks.give_back(block));
  }
  EXPECT_EQ(blocks.bytes().used, 0U);
}

TEST(LargeBlocks, GiveTheSameBlockAgain) {
  LargeBlocks blocks;
  void* const first = blocks.take(4 * kPage);
  blocks.give_back(first);
  EXPECT_EQ(blocks.take(4 * kPage - 100), first);
  EXPECT_EQ(blocks.bytes().kept, 0U);
  blocks.give_back(first);
  void* const small = blocks.take(kPage);  // would waste three quarters of it
  EXPECT_NE(small, first);
  blocks.give_back(small);
}

TEST(LargeBlocks, KnowTheirOwn) {
  LargeBlocks blocks;
  int other = 0;
  EXPECT_FALSE(blocks.give_back(&other));
  void* const block = blocks.take(kPage);
  EXPECT_TRUE(blocks.give_back(block));
  EXPECT_FALSE(blocks.give_back(block));
}

TEST(LargeBlocks, RefuseWhatNoMachineHas) {
  LargeBlocks blocks;
  EXPECT_EQ(blocks.take(SIZE_MAX), nullptr);
  EXPECT_EQ(blocks.take(SIZE_MAX / 2), nullptr);
  EXPECT_EQ(blocks.bytes().used, 0U);
}

TEST(LargeBlocks, KeepNoMoreThanALittleBeyondTheMostThatWasUsed) {
  LargeBlocks blocks;
  std::mt19937 random(7);
  std::vector<void*> used;
  for (int i = 0; i < 2000; ++i) {
    if (used.empty() || random() % 2 == 0) {
      used.push_back(blocks.take((1 + random() % 40) * kPage));
    } else {
      std::swap(used[random() % used.size()], used.back());
      blocks.give_back(used.back());
      used.pop_back();
    }
    const LargeBlocks::Bytes now = blocks.bytes();
    EXPECT_LE(now.used + now.kept,
              now.most_used + std::max(now.most_used / 8, LargeBlocks::kAlwaysKept) + kPage);
  }
  for (void* const block : used) blocks.give_back(block);
}

TEST(LargeBlocks, GiveUpWhatTheyKeepWhereTheAddressSpaceIsFull) {
  const auto address_space = [] {
    std::ifstream pages("/proc/self/statm");
    std::size_t count = 0;
    pages >> count;
    return count * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  };
  if (address_space() == 0) GTEST_SKIP() << "no /proc";
  LargeBlocks blocks;
  blocks.give_back(blocks.take(30 * kPage));
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_AS, &before), 0);
  rlimit full = before;
  full.rlim_cur = address_space() + 10 * kPage;
  ASSERT_EQ(setrlimit(RLIMIT_AS, &full), 0);
  void* const block = blocks.take(12 * kPage);
  setrlimit(RLIMIT_AS, &before);
  ASSERT_NE(block, nullptr);
  EXPECT_EQ(blocks.bytes().kept, 0U);
  blocks.give_back(block);
}

TEST(LargeBlocks, ServeSeveralThreads) {
  LargeBlocks blocks;
  std::vector<std::thread> threads;
  for (unsigned n = 0; n < 3; ++n) {
    threads.emplace_back([&blocks, n] {
      for (int i = 0; i < 200; ++i) {
        auto* const block = static_cast<unsigned*>(blocks.take((1 + n) * kPage));
        *block = n;
        std::this_thread::yield();
        EXPECT_EQ(*block, n);
        blocks.give_back(block);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(blocks.bytes().used, 0U);
}

}  // namespace
}  // namespace medcl
