// SPDX-License-Identifier: Apache-2.0
#include "medcl/format/png.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <string>

#include "medcl/core/error.h"
#include "medcl/core/random.h"

namespace medcl {
namespace {

using Bytes = std::vector<std::uint8_t>;

std::uint32_t word(const Bytes& bytes, std::size_t at) {
  return std::uint32_t{bytes[at]} << 24 | std::uint32_t{bytes[at + 1]} << 16 |
         std::uint32_t{bytes[at + 2]} << 8 | bytes[at + 3];
}

// An independent decoder of the subset: 8 bit, one IDAT, filters 0..2.
Picture decode(const Bytes& png) {
  Picture picture;
  Bytes rows;
  std::size_t at = 8;
  std::string types;
  while (at < png.size()) {
    const std::size_t length = word(png, at);
    const std::string type(png.begin() + static_cast<long>(at) + 4,
                           png.begin() + static_cast<long>(at) + 8);
    EXPECT_EQ(word(png, at + 8 + length),
              crc32(0, png.data() + at + 4, static_cast<uInt>(length + 4)));
    types += type + " ";
    if (type == "IHDR") {
      picture.width = word(png, at + 8);
      picture.height = word(png, at + 12);
      EXPECT_EQ(png[at + 16], 8);
      picture.channels = png[at + 17] == 2 ? 3 : 1;
    } else if (type == "IDAT") {
      uLongf size = static_cast<uLongf>(picture.height * (picture.width * picture.channels + 1));
      rows.resize(size);
      EXPECT_EQ(uncompress(rows.data(), &size, png.data() + at + 8, length), Z_OK);
      EXPECT_EQ(size, rows.size());
    }
    at += 12 + length;
  }
  EXPECT_EQ(types, "IHDR IDAT IEND ");
  const auto step = static_cast<std::size_t>(picture.channels);
  const std::size_t width = static_cast<std::size_t>(picture.width) * step;
  picture.pixels.resize(static_cast<std::size_t>(picture.height) * width);
  for (std::size_t i = 0; i < picture.pixels.size(); ++i) {
    const std::size_t y = i / width, x = i % width;
    const int filter = rows[y * (width + 1)];
    EXPECT_LE(filter, 2);
    const int left = x >= step ? picture.pixels[i - step] : 0;
    const int up = y > 0 ? picture.pixels[i - width] : 0;
    const int predicted = filter == 1 ? left : filter == 2 ? up : 0;
    picture.pixels[i] = static_cast<std::uint8_t>(rows[y * (width + 1) + 1 + x] + predicted);
  }
  return picture;
}

TEST(Png, DecodesToThePixelsItWasMadeFrom) {
  RandomStream stream({.seed = 8});
  for (const int channels : {1, 3}) {
    for (int i = 0; i < 30; ++i) {
      Picture picture{1 + stream.integer(40), 1 + stream.integer(40), channels, {}};
      picture.pixels.resize(static_cast<std::size_t>(picture.width * picture.height * channels));
      const std::int64_t kind = stream.integer(3);
      for (std::size_t k = 0; k < picture.pixels.size(); ++k) {
        picture.pixels[k] = static_cast<std::uint8_t>(kind == 0   ? stream.integer(256)
                                                      : kind == 1 ? static_cast<std::int64_t>(k)
                                                                  : 9);
      }
      const Picture back = decode(encode_png(picture));
      ASSERT_EQ(back.width, picture.width);
      ASSERT_EQ(back.height, picture.height);
      ASSERT_EQ(back.channels, picture.channels);
      ASSERT_EQ(back.pixels, picture.pixels);
    }
  }
}

TEST(Png, StartsWithTheSignature) {
  const Bytes bytes = encode_png({2, 1, 3, {1, 2, 3, 4, 5, 6}});
  EXPECT_EQ(std::string(bytes.begin(), bytes.begin() + 8), "\x89PNG\r\n\x1a\n");
}

TEST(Png, RefusesPicturesWhosePartsDisagree) {
  EXPECT_THROW((void)encode_png({2, 2, 3, Bytes(11)}), Error);
  EXPECT_THROW((void)encode_png({0, 2, 3, {}}), Error);
  EXPECT_THROW((void)encode_png({-1, -1, 1, {0}}), Error);
  EXPECT_THROW((void)encode_png({1, 1, 2, {0, 0}}), Error);
}

}  // namespace
}  // namespace medcl
