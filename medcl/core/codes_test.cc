// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string_view>
#include <vector>

#include "medcl/core/base64.h"
#include "medcl/core/crc32c.h"
#include "medcl/core/error.h"
#include "medcl/core/log.h"

namespace medcl {
namespace {

std::span<const std::uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

TEST(Crc32c, GivesTheKnownAnswersOfRfc3720) {
  EXPECT_EQ(crc32c(bytes_of("123456789")), 0xe3069283U);
  EXPECT_EQ(crc32c(std::vector<std::uint8_t>(32, 0)), 0x8a9136aaU);
  EXPECT_EQ(crc32c(std::vector<std::uint8_t>(32, 0xff)), 0x62a8ab43U);
  EXPECT_EQ(crc32c({}), 0U);
}

TEST(Crc32c, PartsGiveTheSameAsTheWhole) {
  std::vector<std::uint8_t> bytes(300);
  for (std::size_t n = 0; n < bytes.size(); ++n) bytes[n] = static_cast<std::uint8_t>(n * n + 7);
  const std::span<const std::uint8_t> all(bytes);
  for (std::size_t cut = 0; cut <= all.size(); ++cut) {
    EXPECT_EQ(crc32c(all.subspan(cut), crc32c(all.first(cut))), crc32c(all)) << cut;
  }
}

TEST(Base64, GivesTheExamplesOfRfc4648) {
  EXPECT_EQ(base64({}), "");
  EXPECT_EQ(base64(bytes_of("f")), "Zg==");
  EXPECT_EQ(base64(bytes_of("fo")), "Zm8=");
  EXPECT_EQ(base64(bytes_of("foo")), "Zm9v");
  EXPECT_EQ(base64(bytes_of("foobar")), "Zm9vYmFy");
  EXPECT_EQ(base64(std::vector<std::uint8_t>{0xff, 0xef, 0xbe}), "/+++");
}

TEST(Error, MessageIsOneLineOfWhereWhatExpectedFoundRemedy) {
  const Problem problem{"bad value", "a.nii", "0..4", "7\n8", "correct the file"};
  EXPECT_EQ(to_line(problem), "a.nii: bad value (expected 0..4, found 7 8); correct the file");
  EXPECT_EQ(to_line({.what = "bad value"}), "bad value");
  EXPECT_EQ(to_line({.what = "bad\x1b[2J value"}), "bad [2J value");
  EXPECT_EQ(to_line({.what = "bad value", .found = "7"}), "bad value (found 7)");
}

TEST(Error, CheckNamesTheSourceLine) {
  EXPECT_NO_THROW(check(true, "never"));
  try {
    check(false, "two is odd");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kFailure);
    EXPECT_NE(std::string(error.what()).find("codes_test.cc"), std::string::npos);
  }
}

TEST(Log, GoesToTheSinkAndNowhereWithoutOne) {
  std::vector<std::string> lines;
  set_log_sink([&](LogLevel level, const std::string& message) {
    lines.push_back((level == LogLevel::kWarning ? "W " : "I ") + message);
  });
  log(LogLevel::kWarning, "a");
  log(LogLevel::kInfo, "b");
  set_log_sink(nullptr);
  log(LogLevel::kInfo, "c");
  EXPECT_EQ(lines, (std::vector<std::string>{"W a", "I b"}));
}

}  // namespace
}  // namespace medcl
