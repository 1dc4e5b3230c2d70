// SPDX-License-Identifier: Apache-2.0
#include "tests/hostile/mutate.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <limits>
#include <string_view>

namespace medcl::hostile {
namespace {

constexpr std::array<std::string_view, 14> kNumbers{"0",          "-1",
                                                    "1",          "65535",
                                                    "-32768",     "2147483648",
                                                    "4294967295", "9223372036854775808",
                                                    "1e308",      "1e-320",
                                                    "nan",        "-inf",
                                                    "0x10",       "99999999999999999999999"};
constexpr std::array<std::int64_t, 12> kEdges{0,
                                              1,
                                              -1,
                                              0x7f,
                                              0x80,
                                              0x7fff,
                                              0x8000,
                                              0xffff,
                                              0x7fffffff,
                                              0x80000000,
                                              0x7fc00000 /* NaN */,
                                              0x7f800000 /* Inf */};

std::size_t below(RandomStream& random, std::size_t count) {
  return count == 0 ? 0
                    : static_cast<std::size_t>(random.integer(static_cast<std::int64_t>(count)));
}

/// Most mistakes live at the front, where headers are.
std::size_t place(RandomStream& random, std::size_t size) {
  return random.chance(0.7) ? below(random, std::min<std::size_t>(size, 400)) : below(random, size);
}

struct Range {
  std::size_t begin = 0, end = 0;
};

Range some_range(RandomStream& random, std::size_t size) {
  const std::size_t begin = place(random, size);
  return {begin, std::min(size, begin + 1 + below(random, random.chance(0.8) ? 8 : size))};
}

auto at(Bytes& bytes, std::size_t position) {
  return bytes.begin() + static_cast<std::ptrdiff_t>(position);
}

void replace_number(Bytes& bytes, RandomStream& random) {
  const auto digit = [](std::uint8_t c) { return std::isdigit(c) != 0; };
  const auto begin = std::find_if(at(bytes, place(random, bytes.size())), bytes.end(), digit);
  const auto end = std::find_if_not(begin, bytes.end(), digit);
  const std::string_view text = kNumbers[below(random, kNumbers.size())];
  bytes.insert(bytes.erase(begin, end), text.begin(), text.end());
}

void write_edge(Bytes& bytes, RandomStream& random) {
  const std::size_t count = random.chance(0.5) ? 2 : 4;
  if (bytes.size() < count) return;
  const std::size_t offset =
      std::min(place(random, bytes.size()) / count * count, bytes.size() - count);
  const std::int64_t value = kEdges[below(random, kEdges.size())];
  count == 2 ? put16(bytes, offset, value) : put32(bytes, offset, value);
}

void change_once(Bytes& bytes, RandomStream& random) {
  if (bytes.empty()) return;
  const Range range = some_range(random, bytes.size());
  const std::size_t other = place(random, bytes.size());
  switch (random.integer(9)) {
    case 0:
      bytes[range.begin] ^= static_cast<std::uint8_t>(1U << random.integer(8));
      return;
    case 1:
      bytes[range.begin] = static_cast<std::uint8_t>(random.integer(256));
      return;
    case 2:
      write_edge(bytes, random);
      return;
    case 3:
      replace_number(bytes, random);
      return;
    case 4:
      bytes.erase(at(bytes, range.begin), at(bytes, range.end));
      return;
    case 5: {
      const Bytes copy(at(bytes, range.begin), at(bytes, range.end));
      bytes.insert(at(bytes, other), copy.begin(), copy.end());
      return;
    }
    case 6:
      bytes.insert(at(bytes, range.begin), 1 + below(random, 16),
                   static_cast<std::uint8_t>(random.integer(256)));
      return;
    case 7:
      bytes.resize(random.chance(0.5) ? below(random, bytes.size())
                                      : bytes.size() + below(random, 64));
      return;
    default:
      std::swap(bytes[range.begin], bytes[other]);
      return;
  }
}

}  // namespace

Bytes mutate(Bytes bytes, RandomStream& random) {
  for (std::int64_t change = 1 + random.integer(4); change > 0; --change) {
    change_once(bytes, random);
  }
  return bytes;
}

}  // namespace medcl::hostile
