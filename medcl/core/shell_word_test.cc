// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/shell_word.h"

#include <gtest/gtest.h>

namespace medcl {
namespace {

TEST(ShellWord, QuotesOnlyWhatAShellWouldSplitOrReplace) {
  EXPECT_EQ(shell_word("runs/a-1.toml"), "runs/a-1.toml");
  EXPECT_EQ(shell_word("my runs"), "'my runs'");
  EXPECT_EQ(shell_word("it's $HOME"), "'it'\\''s $HOME'");
  EXPECT_EQ(shell_word(""), "''");
}

}  // namespace
}  // namespace medcl
