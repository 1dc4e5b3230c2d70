// SPDX-License-Identifier: Apache-2.0
#include "medcl/format/png.h"

#include <zlib.h>

#include <array>
#include <cstdlib>
#include <limits>
#include <string_view>

#include "medcl/core/error.h"

namespace medcl {
namespace {

void append_word(std::vector<std::uint8_t>& out, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) {
    out.push_back(static_cast<std::uint8_t>(value >> shift));
  }
}

void append_chunk(std::vector<std::uint8_t>& out, std::string_view type,
                  const std::vector<std::uint8_t>& data) {
  append_word(out, static_cast<std::uint32_t>(data.size()));
  const std::size_t start = out.size();
  out.insert(out.end(), type.begin(), type.end());
  out.insert(out.end(), data.begin(), data.end());
  const uLong sum = crc32_z(0, out.data() + start, out.size() - start);
  append_word(out, static_cast<std::uint32_t>(sum));
}

enum Filter : std::uint8_t { kNone = 0, kSub = 1, kUp = 2 };

// Every row takes the filter with the smallest sum of absolute differences, as libpng does.
std::vector<std::uint8_t> filtered_rows(const Picture& picture) {
  const auto height = static_cast<std::size_t>(picture.height);
  const auto step = static_cast<std::size_t>(picture.channels);
  const std::size_t row_bytes = static_cast<std::size_t>(picture.width) * step;
  std::vector<std::uint8_t> rows;
  rows.reserve(height * (row_bytes + 1));
  std::array<std::vector<std::uint8_t>, 3> trial;
  trial.fill(std::vector<std::uint8_t>(row_bytes));
  for (std::size_t y = 0; y < height; ++y) {
    const std::uint8_t* row = picture.pixels.data() + y * row_bytes;
    const std::uint8_t* above = y > 0 ? row - row_bytes : nullptr;
    std::array<std::uint64_t, 3> cost{};
    for (std::size_t x = 0; x < row_bytes; ++x) {
      const int left = x >= step ? row[x - step] : 0;
      const int up = above ? above[x] : 0;
      const std::array<int, 3> predicted = {0, left, up};
      for (std::size_t f = 0; f < 3; ++f) {
        trial[f][x] = static_cast<std::uint8_t>(row[x] - predicted[f]);
        cost[f] += static_cast<std::uint64_t>(std::abs(static_cast<std::int8_t>(trial[f][x])));
      }
    }
    const Filter best = cost[kUp] < cost[kSub] && cost[kUp] < cost[kNone] ? kUp
                        : cost[kSub] < cost[kNone]                        ? kSub
                                                                          : kNone;
    rows.push_back(best);
    rows.insert(rows.end(), trial[best].begin(), trial[best].end());
  }
  return rows;
}

void check_picture(const Picture& picture) {
  constexpr std::int64_t kMaxSide = 1 << 20;
  const bool sides_fit = picture.width >= 1 && picture.width <= kMaxSide && picture.height >= 1 &&
                         picture.height <= kMaxSide;
  check(sides_fit, "a picture needs sides of 1 to 2^20 pixels");
  check(picture.channels == 1 || picture.channels == 3, "a picture has 1 or 3 channels");
  check(static_cast<std::uint64_t>(picture.width) * static_cast<std::uint64_t>(picture.height) *
                static_cast<std::uint64_t>(picture.channels) ==
            picture.pixels.size(),
        "a picture has width x height x channels bytes");
}

}  // namespace

std::vector<std::uint8_t> encode_png(const Picture& picture) {
  check_picture(picture);
  const std::vector<std::uint8_t> rows = filtered_rows(picture);
  uLongf packed_size = compressBound(rows.size());
  std::vector<std::uint8_t> packed(packed_size);
  check(compress2(packed.data(), &packed_size, rows.data(), rows.size(), 6) == Z_OK,
        "zlib cannot compress a picture");
  packed.resize(packed_size);
  check(packed.size() <= std::numeric_limits<std::int32_t>::max(), "picture too large for PNG");

  std::vector<std::uint8_t> header;
  append_word(header, static_cast<std::uint32_t>(picture.width));
  append_word(header, static_cast<std::uint32_t>(picture.height));
  const std::uint8_t colour_type = picture.channels == 3 ? 2 : 0;
  header.insert(header.end(), {8, colour_type, 0, 0, 0});

  std::vector<std::uint8_t> out = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
  append_chunk(out, "IHDR", header);
  append_chunk(out, "IDAT", packed);
  append_chunk(out, "IEND", {});
  return out;
}

}  // namespace medcl
