// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "medcl/core/file_system.h"
#include "medcl/core/test_paths.h"
#include "medcl/image/itk_bridge.h"
#include "tests/hostile/table.h"

namespace medcl::hostile {
namespace {

Bytes picture(const std::string& name) { return read_file(*fixtures_folder() / "pictures" / name); }

/// One of the pictures among the fixtures, spoiled.
BadFile spoiled(const std::string& name, const std::string& what,
                const std::function<void(Bytes&)>& spoil, const std::string& message,
                int code = 4) {
  return {name + ": " + what,
          [=] {
            Bytes bytes = picture(name);
            spoil(bytes);
            const auto path = Workshop::get().fresh() / name;
            write(path, bytes);
            return Words{"info", path.string()};
          },
          code, name + ": .*" + message};
}

void put_big_endian(Bytes& bytes, std::size_t at, std::uint32_t value, std::size_t count) {
  for (std::size_t n = 0; n < count; ++n) {
    bytes.at(at + n) = static_cast<std::uint8_t>(value >> (8 * (count - 1 - n)));
  }
}

/// Where the marker of the frame stands in a JPEG of the fixtures, of whatever process.
std::size_t frame_of(const Bytes& bytes) {
  for (std::size_t at = 0; at + 1 < bytes.size(); ++at) {
    if (bytes[at] == 0xff && (bytes[at + 1] == 0xc0 || bytes[at + 1] == 0xc2)) return at;
  }
  throw std::runtime_error("no frame");
}

/// The value of a tag in the first directory of a little-endian TIFF.
std::size_t value_of(const Bytes& bytes, std::uint16_t tag) {
  const auto number = [&](std::size_t at, std::size_t count) {
    std::size_t value = 0;
    for (std::size_t n = count; n > 0; --n) value = value << 8U | bytes.at(at + n - 1);
    return value;
  };
  const std::size_t directory = number(4, 4);
  for (std::size_t n = 0; n < number(directory, 2); ++n) {
    const std::size_t entry = directory + 2 + n * 12;
    if (number(entry, 2) == tag) return entry + 8;
  }
  throw std::runtime_error("no such tag");
}

class HostilePicture : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!itk_is_built_in()) GTEST_SKIP() << "built without ITK";
  }
};

TEST_F(HostilePicture, PngIsCheckedBeforeItkSeesIt) {
  const auto declare = [](std::uint32_t width, std::uint32_t height) {
    return [=](Bytes& bytes) {
      put_big_endian(bytes, 16, width, 4);
      put_big_endian(bytes, 20, height, 4);
    };
  };
  expect_refused({
      spoiled("grey16.png", "declares 10^6 x 10^6", declare(1000000, 1000000),
              "image does not fit into memory .*expected .*found", 6),
      spoiled("grey16.png", "declares 2^31", declare(0x80000000U, 1),
              "a size that cannot be.*found 2147483648 x 1"),
      spoiled("grey16.png", "declares no rows", declare(4, 0), "a size that cannot be"),
      spoiled("grey16.png", "declares more rows than it has", declare(19, 30000), ""),
      spoiled(
          "palette.png", "unknown type of colour", [](Bytes& bytes) { bytes[25] = 7; },
          "unknown type of colour.*found 7"),
      spoiled(
          "palette.png", "cut off", [](Bytes& bytes) { bytes.resize(bytes.size() / 2); },
          "the file is cut off"),
      spoiled(
          "palette.png", "a chunk of 4 GB",
          [](Bytes& bytes) { put_big_endian(bytes, 33, 0xffffffffU, 4); }, "cut off"),
  });
}

TEST_F(HostilePicture, JpegIsCheckedBeforeItkSeesIt) {
  const auto declare = [](std::uint32_t side) {
    return [=](Bytes& bytes) {
      put_big_endian(bytes, frame_of(bytes) + 5, side, 2);
      put_big_endian(bytes, frame_of(bytes) + 7, side, 2);
    };
  };
  expect_refused({
      spoiled("colour.jpg", "declares 65535 x 65535", declare(65535),
              "image does not fit into memory .*expected .*found", 6),
      spoiled("colour.jpg", "declares no size", declare(0), "no size before the pixels"),
      spoiled(
          "progressive.jpg", "cut off", [](Bytes& bytes) { bytes.resize(bytes.size() / 2); },
          "cut off or damaged"),
      spoiled(
          "colour.jpg", "only the first bytes", [](Bytes& bytes) { bytes.resize(3); },
          "cut off or damaged"),
      spoiled(
          "cmyk.jpg", "as it is", [](Bytes&) {}, "CMYK.*save it as RGB"),
  });
}

TEST_F(HostilePicture, TiffIsCheckedBeforeItkSeesIt) {
  constexpr std::uint16_t kWidth = 256, kHeight = 257, kRowsPerStrip = 278;
  const auto set = [](std::uint16_t tag, std::int64_t value) {
    return [=](Bytes& bytes) {
      const std::size_t at = value_of(bytes, tag);
      put16(bytes, at - 6, 4);  // a long number
      put32(bytes, at, value);
    };
  };
  expect_refused({
      spoiled(
          "lzw.tif", "BigTIFF", [](Bytes& bytes) { bytes[2] = 43; },
          "BigTIFF is not read.*save it as TIFF"),
      spoiled("lzw.tif", "declares 2^31 columns", set(kWidth, 0x80000000), "a size that cannot be"),
      spoiled("lzw.tif", "declares 10^6 x 13", set(kWidth, 1000000), ""),
      spoiled("deflated.tif", "declares 10^6 rows", set(kHeight, 1000000), ""),
      spoiled("pages.tif", "another first page", set(kHeight, 12), "pages of several sizes"),
      spoiled(
          "lzw.tif", "a strip of 2^32 rows",
          [&](Bytes& bytes) {
            set(kRowsPerStrip, 0xffffffff)(bytes);
            bytes.resize(bytes.size() / 2);
          },
          ""),
      spoiled(
          "lzw.tif", "the directory lies behind the end",
          [](Bytes& bytes) { put32(bytes, 4, 0x7fffffff); }, "cut off or runs in a circle"),
      spoiled(
          "cmyk.tif", "as it is", [](Bytes&) {}, "CMYK.*save it as RGB"),
  });
}

}  // namespace
}  // namespace medcl::hostile
