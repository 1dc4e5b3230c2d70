// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/packed_bytes.h"

#include <gtest/gtest.h>

#include <array>

namespace medcl {
namespace {

struct Values {
  int number = 0;
  std::string text;
  std::array<double, 2> pair{};
  std::vector<std::int64_t> many, none;
};

void transfer(Values& values, PackedBytes& packed) {
  packed(values.number);
  packed(values.text);
  packed(values.pair);
  packed(values.none);
  packed(values.many);
}

std::string bytes_of(Values values) {
  PackedBytes packed;
  transfer(values, packed);
  return packed.take();
}

TEST(PackedBytes, ComeBackTheSame) {
  const Values sent{-7, std::string("a\0b", 3), {0.5, -1e300}, {1, -2, 3}, {}};
  Values received;
  received.none = {9};
  PackedBytes packed(bytes_of(sent));
  transfer(received, packed);
  EXPECT_EQ(received.number, sent.number);
  EXPECT_EQ(received.text, sent.text);
  EXPECT_EQ(received.pair, sent.pair);
  EXPECT_EQ(received.many, sent.many);
  EXPECT_TRUE(received.none.empty());
}

TEST(PackedBytes, CutOffAnywhereAreAnError) {
  const std::string whole = bytes_of({1, "text", {1, 2}, {3, 4}, {}});
  for (std::size_t size = 0; size < whole.size(); ++size) {
    PackedBytes packed(whole.substr(0, size));
    Values values;
    EXPECT_THROW(transfer(values, packed), Error) << size;
  }
}

TEST(PackedBytes, ACountBeyondTheBytesTakesNoMemory) {
  std::uint64_t count = std::uint64_t{1} << 62;
  PackedBytes lie;
  lie(count);
  PackedBytes packed(lie.take());
  std::vector<double> values;
  EXPECT_THROW(packed(values), Error);
}

}  // namespace
}  // namespace medcl
