// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/error.h"

#include <gmock/gmock.h>

#include <algorithm>

namespace medcl {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;

TEST(Error, WhatABrokenFileHoldsCannotBreakTheLineOrCommandTheTerminal) {
  const std::string hostile("a\nb\rc\x1b[2Jd\0e\x7f\ttext", 18);
  const auto is_control = [](unsigned char c) { return c < 0x20 || c == 0x7f; };
  for (const std::string& line : {to_line({hostile, hostile, hostile, hostile, hostile}),
                                  std::string(Error(ErrorCode::kIo, "x\ny").what())}) {
    EXPECT_TRUE(std::none_of(line.begin(), line.end(), is_control)) << line;
  }
  EXPECT_EQ(to_line({.what = "M\xc3\xbcller"}), "M\xc3\xbcller");
}

TEST(Error, EndlessValuesAreShortenedAndTheFileIsStillNamed) {
  const std::string endless(100000, 'x'), path = "/" + std::string(4000, 'p') + "/a.json";
  const std::string line = to_line({endless, path, endless, endless, "mend it"});
  EXPECT_THAT(line, SizeIs(::testing::Lt(6000)));
  EXPECT_THAT(line, StartsWith(path));
  EXPECT_THAT(line, HasSubstr("mend it"));
}

}  // namespace
}  // namespace medcl
