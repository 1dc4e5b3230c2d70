// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/utf8.h"

#include <gtest/gtest.h>

#include "medcl/core/random.h"

namespace medcl {
namespace {

TEST(Utf8, KnowsWhatIsWellFormed) {
  for (const char* text : {"", "abc", "Z\xc3\xbcrich", "\xe2\x82\xac", "\xf0\x9f\x98\x80",
                           "\xf4\x8f\xbf\xbf", "\xed\x9f\xbf", "\xee\x80\x80"}) {
    EXPECT_TRUE(is_utf8(text)) << text;
    EXPECT_EQ(utf8_of_bytes(text), text);
    EXPECT_EQ(bytes_of_utf8(text), text);
  }
  for (const char* bytes : {"\xff", "\xe9", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xc3",
                            "\xf4\x90\x80\x80", "\x80", "a\xfc", "\xe2\x82"}) {
    EXPECT_FALSE(is_utf8(bytes));
    EXPECT_TRUE(is_utf8(utf8_of_bytes(bytes)));
    EXPECT_EQ(bytes_of_utf8(utf8_of_bytes(bytes)), bytes);
  }
}

TEST(Utf8, AnEscapedByteIsOneCharacterOfThePrivateUseArea) {
  EXPECT_EQ(utf8_of_bytes("caf\xe9"), "caf\xee\xbf\xa9");  // U+EFE9
  EXPECT_EQ(bytes_of_utf8("caf\xee\xbf\xa9"), "caf\xe9");
}

TEST(Utf8, AnyBytesComeBack) {
  RandomStream random({.seed = 7, .purpose = Purpose::kTest});
  for (int trial = 0; trial < 20000; ++trial) {
    std::string bytes;
    const std::int64_t length = random.integer(12);
    for (std::int64_t n = 0; n < length; ++n) {
      // Often bytes of the escapes themselves, so that texts that hold them are tried.
      constexpr unsigned char kOften[] = {0xEE, 0xBE, 0xBF, 0x80, 0xA9, 'a'};
      bytes +=
          static_cast<char>(random.chance(0.6) ? kOften[random.integer(6)] : random.integer(256));
    }
    const std::string text = utf8_of_bytes(bytes);
    ASSERT_TRUE(is_utf8(text));
    ASSERT_EQ(bytes_of_utf8(text), bytes);
  }
}

}  // namespace
}  // namespace medcl
