// SPDX-License-Identifier: Apache-2.0
#include "medcl/format/gzip.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "medcl/core/error.h"
#include "medcl/core/random.h"

namespace medcl {
namespace {

using Bytes = std::vector<std::uint8_t>;
constexpr std::uint64_t kLimit = std::uint64_t{1} << 24;

Bytes random_bytes(RandomStream& stream, std::int64_t length, std::int64_t values) {
  Bytes bytes(static_cast<std::size_t>(length));
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(stream.integer(values));
  return bytes;
}

Bytes joined(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

std::string refusal(const Bytes& bytes, std::uint64_t limit = kLimit) {
  std::string first;
  for (const bool count_only : {false, true}) {
    std::string message = "accepted";
    try {
      count_only ? (void)gunzip_size(bytes, limit, "x.gz") : (void)gunzip(bytes, limit, "x.gz");
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kIo);
      message = error.what();
    }
    EXPECT_TRUE(!count_only || message == first) << message;
    first = message;
  }
  return first;
}

TEST(Gzip, RoundTripsAnyBytesOfOneOrMoreMembers) {
  RandomStream stream({.seed = 5});
  for (const std::int64_t length : {0, 1, 100, 65535, 65536, 65537, 300000}) {
    for (const std::int64_t values : {1, 3, 256}) {
      const Bytes a = random_bytes(stream, length, values), b = random_bytes(stream, 77, 256);
      const Bytes packed = gzip(a);
      EXPECT_TRUE(looks_like_gzip(packed));
      EXPECT_EQ(gzip(a), packed);
      EXPECT_EQ(gunzip(packed, kLimit, "x"), a);
      EXPECT_EQ(gunzip_size(packed, kLimit, "x"), a.size());
      EXPECT_EQ(gunzip(joined(packed, gzip(b)), kLimit, "x"), joined(a, b));
    }
  }
}

TEST(Gzip, LimitIsExact) {
  const Bytes data(200000, 7), packed = gzip(data);
  EXPECT_EQ(gunzip(packed, 200000, "x").size(), 200000U);
  EXPECT_PRED_FORMAT2(::testing::IsSubstring, "more data than allowed", refusal(packed, 199999));
  EXPECT_EQ(gunzip(packed, 1234, "x", true), Bytes(1234, 7));
  EXPECT_EQ(gunzip(packed, 300000, "x", true).size(), 200000U);
}

TEST(Gzip, RefusesEveryTruncation) {
  RandomStream stream({.seed = 6});
  const Bytes packed = gzip(random_bytes(stream, 300, 256));
  for (std::size_t length = 0; length < packed.size(); ++length) {
    ASSERT_PRED_FORMAT2(::testing::IsSubstring, "x.gz: gzip stream",
                        refusal(Bytes(packed.begin(), packed.begin() + static_cast<long>(length))));
  }
}

TEST(Gzip, NoFlippedBitChangesTheContentUnnoticed) {
  RandomStream stream({.seed = 7});
  const Bytes data = random_bytes(stream, 200, 20), packed = gzip(data);
  for (std::size_t bit = 0; bit < packed.size() * 8; ++bit) {
    Bytes damaged = packed;
    damaged[bit / 8] ^= static_cast<std::uint8_t>(1 << (bit % 8));
    try {
      ASSERT_EQ(gunzip(damaged, kLimit, "x"), data) << bit;  // flags and times carry no content
    } catch (const Error&) {
    }
  }
}

TEST(Gzip, RefusesGarbageBehindTheStreamButNotZeroPadding) {
  const Bytes packed = gzip(Bytes(10, 1));
  EXPECT_EQ(refusal(joined(packed, Bytes(512, 0))), "accepted");
  EXPECT_PRED_FORMAT2(::testing::IsSubstring, "followed by", refusal(joined(packed, {1})));
  EXPECT_PRED_FORMAT2(::testing::IsSubstring, "followed by", refusal(joined(packed, {0, 0, 1})));
  EXPECT_NE(refusal(joined(packed, {0x1f, 0x8b})), "accepted");
  EXPECT_NE(refusal({}), "accepted");
}

TEST(Gzip, PiecesGiveTheSameBytesAsTheWhole) {
  RandomStream stream({.seed = 8});
  for (const std::size_t size : {0U, 1U, 1000U, 700000U}) {
    const Bytes data = random_bytes(stream, size, 3);
    Bytes packed, content;
    GzipWriter writer([&packed](std::span<const std::uint8_t> part) {
      packed.insert(packed.end(), part.begin(), part.end());
    });
    for (std::size_t at = 0; at < size;) {
      const auto count =
          std::min<std::size_t>(size - at, 1 + static_cast<std::size_t>(stream.integer(100000)));
      writer.append(std::span(data).subspan(at, count));
      at += count;
    }
    writer.finish();
    EXPECT_EQ(packed, gzip(data));
    const std::string name = "x";
    GunzipReader reader(packed, name);
    for (;;) {
      Bytes piece(1 + static_cast<std::size_t>(stream.integer(50000)));
      const std::size_t count = reader.read(piece);
      content.insert(content.end(), piece.begin(),
                     piece.begin() + static_cast<std::ptrdiff_t>(count));
      if (count < piece.size()) break;
    }
    EXPECT_EQ(content, data);
  }
}

}  // namespace
}  // namespace medcl
