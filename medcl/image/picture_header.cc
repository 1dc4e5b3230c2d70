// SPDX-License-Identifier: Apache-2.0
#include "medcl/image/picture_header.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "medcl/image/text_header.h"
#include "medcl/image/tiff_pages.h"

namespace medcl {
namespace {

using text_header::refuse;

using Bytes = std::span<const std::uint8_t>;

constexpr std::array<std::uint8_t, 8> kPngStart{0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
constexpr std::size_t kIhdrBytes = 13, kChunkFrame = 12;  // length, type, checksum

bool starts_with(Bytes bytes, Bytes start) {
  return bytes.size() >= start.size() && std::equal(start.begin(), start.end(), bytes.begin());
}

std::uint32_t big_endian(Bytes bytes, std::size_t at, std::size_t count) {
  std::uint32_t value = 0;
  for (std::size_t n = 0; n < count; ++n) value = value << 8U | bytes[at + n];
  return value;
}

std::string_view letters(Bytes bytes, std::size_t at, std::size_t count) {
  return {reinterpret_cast<const char*>(bytes.data()) + at, count};
}

std::int64_t png_channels(std::uint8_t colour_type, const std::string& name) {
  switch (colour_type) {
    case 0:
      return 1;
    case 2:
    case 3:  // a palette of colours
      return 3;
    case 4:
      return 2;
    case 6:
      return 4;
    default:
      refuse(name, "PNG: unknown type of colour", "0, 2, 3, 4 or 6", std::to_string(colour_type));
  }
}

PictureHeader check_png(Bytes bytes, const std::string& name) {
  PictureHeader header{.format = PictureFormat::kPng};
  bool has_header = false;
  for (std::size_t at = kPngStart.size(); bytes.size() - at >= kChunkFrame;) {
    const std::size_t length = big_endian(bytes, at, 4);
    const std::string_view type = letters(bytes, at + 4, 4);
    if (length > bytes.size() - at - kChunkFrame) break;
    if (type == "IEND" && has_header) return header;
    if (type == "IHDR" && length == kIhdrBytes) {
      has_header = true;
      header.size[0] = big_endian(bytes, at + 8, 4);
      header.size[1] = big_endian(bytes, at + 12, 4);
      header.channels = png_channels(bytes[at + 17], name);
    } else if (type == "eXIf") {
      header.orientation = exif_orientation(bytes.subspan(at + 8, length));
    }
    at += length + kChunkFrame;
  }
  refuse(name, has_header ? "PNG: the file is cut off" : "PNG: no header (IHDR)");
}

/// Markers without a length: TEM, RST0 to RST7, SOI.
bool stands_alone(std::uint8_t marker) { return marker == 1 || (marker >= 0xd0 && marker <= 0xd8); }

/// Markers that hold the size: SOF0 to SOF15 without DHT, JPG and DAC.
bool is_frame(std::uint8_t marker) {
  return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
}

/// Whether the mark of the end stands in `bytes`.
bool has_end(Bytes bytes) {
  constexpr std::array<std::uint8_t, 2> kEnd{0xff, 0xd9};
  return std::search(bytes.begin(), bytes.end(), kEnd.begin(), kEnd.end()) != bytes.end();
}

[[noreturn]] void refuse_inks(const std::string& name) {
  refuse(name, "JPEG: a picture in inks (CMYK) for a printer", "grey, or red, green and blue",
         "4 values per pixel", "save it as RGB");
}

PictureHeader check_jpeg(Bytes bytes, const std::string& name) {
  PictureHeader header{.format = PictureFormat::kJpeg, .size = {0, 0, 1}, .is_lossy = true};
  for (std::size_t at = 2; at + 4 <= bytes.size();) {
    const std::uint8_t marker = bytes[at + 1];
    if (bytes[at] != 0xff) break;
    if (marker == 0xff || stands_alone(marker)) {
      at += marker == 0xff ? 1 : 2;
      continue;
    }
    const std::size_t length = big_endian(bytes, at + 2, 2);
    if (length < 2 || length > bytes.size() - at - 2) break;
    const Bytes segment = bytes.subspan(at + 4, length - 2);
    if (marker == 0xda) {  // pixels
      if (header.size[0] == 0) refuse(name, "JPEG: no size before the pixels");
      if (!has_end(bytes.subspan(at + length))) break;
      return header;
    }
    if (is_frame(marker) && segment.size() >= 6) {
      header.size = {big_endian(segment, 3, 2), big_endian(segment, 1, 2), 1};
      header.channels = segment[5];
      if (header.channels == 4) refuse_inks(name);
    } else if (marker == 0xe1 && segment.size() > 6 && letters(segment, 0, 4) == "Exif") {
      header.orientation = exif_orientation(segment.subspan(6));
    }
    at += length + 2;
  }
  refuse(name, "JPEG: the file is cut off or damaged");
}

}  // namespace

std::optional<PictureFormat> picture_format_of(std::span<const std::uint8_t> start) {
  constexpr std::array<std::uint8_t, 3> kJpegStart{0xff, 0xd8, 0xff};
  if (starts_with(start, kPngStart)) return PictureFormat::kPng;
  if (starts_with(start, kJpegStart)) return PictureFormat::kJpeg;
  if (looks_like_tiff(start)) return PictureFormat::kTiff;
  return std::nullopt;
}

PictureHeader check_picture_header(std::span<const std::uint8_t> bytes, PictureFormat format,
                                   const std::string& name, const NiftiLimits& limits) {
  PictureHeader header = format == PictureFormat::kPng    ? check_png(bytes, name)
                         : format == PictureFormat::kJpeg ? check_jpeg(bytes, name)
                                                          : check_tiff(bytes, name);
  constexpr std::int64_t kMostPixels = std::int64_t{1} << 20;
  for (const std::int64_t extent : header.size) {
    if (extent >= 1 && extent <= kMostPixels) continue;
    refuse(name, "the picture has a size that cannot be", "1 to 1048576 pixels along each side",
           std::to_string(header.size[0]) + " x " + std::to_string(header.size[1]) + ", " +
               std::to_string(header.size[2]) + " pages");
  }
  if (header.channels < 1 || header.channels > 4) {
    refuse(name, "too many values per pixel", "1 to 4", std::to_string(header.channels));
  }
  text_header::checked_bytes(
      header.size, static_cast<std::uint64_t>(header.channels) * sizeof(float), name, limits);
  return header;
}

}  // namespace medcl
