// SPDX-License-Identifier: Apache-2.0
#include "medcl/image/tiff_pages.h"

#include <algorithm>
#include <map>
#include <optional>

#include "medcl/image/text_header.h"

namespace medcl {
namespace {

using text_header::refuse;

constexpr std::uint64_t kInks = 5;  // of PhotometricInterpretation
constexpr std::size_t kMostPages = 65536, kEntryBytes = 12;
constexpr const char* kPlainStack =
    "save it as a plain stack: every page one slice, all of one size";

enum Tag : std::uint32_t {
  kSubfile = 254,
  kWidth = 256,
  kHeight = 257,
  kCompression = 259,
  kPhotometric = 262,
  kOrientation = 274,
  kSamples = 277
};

/// One directory: the first value of every tag with whole numbers.
struct Page {
  std::map<std::uint32_t, std::uint64_t> values;
  std::size_t next = 0;

  [[nodiscard]] std::uint64_t value(Tag tag, std::uint64_t usual) const {
    const auto found = values.find(tag);
    return found == values.end() ? usual : found->second;
  }
};

class Directories {
 public:
  explicit Directories(std::span<const std::uint8_t> bytes)
      : bytes_(bytes), big_(!bytes.empty() && bytes[0] == 'M') {}

  [[nodiscard]] bool can_read(std::size_t at, std::size_t count) const {
    return at <= bytes_.size() && count <= bytes_.size() - at;
  }
  [[nodiscard]] std::uint32_t number(std::size_t at, std::size_t count) const {
    std::uint32_t value = 0;
    for (std::size_t n = 0; n < count; ++n) {
      value = value << 8U | bytes_[at + (big_ ? n : count - 1 - n)];
    }
    return value;
  }
  /// The directory at `at`; none when it runs past the end.
  [[nodiscard]] std::optional<Page> page(std::size_t at) const {
    if (!can_read(at, 2)) return std::nullopt;
    const std::size_t entries = number(at, 2);
    if (!can_read(at + 2, entries * kEntryBytes + 4)) return std::nullopt;
    Page page;
    for (std::size_t n = 0; n < entries; ++n) enter(page, at + 2 + n * kEntryBytes);
    page.next = number(at + 2 + entries * kEntryBytes, 4);
    return page;
  }

 private:
  void enter(Page& page, std::size_t at) const {
    constexpr std::uint32_t kShort = 3, kLong = 4;
    const std::uint32_t type = number(at + 2, 2), count = number(at + 4, 4);
    if (type != kShort && type != kLong) return;
    std::size_t place = at + 8;
    if (count * (type == kShort ? 2ULL : 4ULL) > 4) place = number(at + 8, 4);
    const std::size_t width = type == kShort ? 2 : 4;
    if (can_read(place, width)) page.values[number(at, 2)] = number(place, width);
  }

  std::span<const std::uint8_t> bytes_;
  bool big_;
};

PictureHeader header_of(const Page& page) {
  constexpr std::uint64_t kPalette = 3, kOldJpeg = 6, kJpeg = 7;
  const std::uint64_t compression = page.value(kCompression, 1);
  const bool palette = page.value(kPhotometric, 1) == kPalette;
  return {.format = PictureFormat::kTiff,
          .size = {static_cast<std::int64_t>(page.value(kWidth, 0)),
                   static_cast<std::int64_t>(page.value(kHeight, 0)), 1},
          .channels = palette ? 3 : static_cast<std::int64_t>(page.value(kSamples, 1)),
          .orientation = static_cast<int>(page.value(kOrientation, 1)),
          .is_lossy = compression == kOldJpeg || compression == kJpeg};
}

}  // namespace

bool looks_like_tiff(std::span<const std::uint8_t> start) {
  if (start.size() < 4) return false;
  const bool little = start[0] == 'I' && start[1] == 'I' && (start[2] == 42 || start[2] == 43);
  const bool big = start[0] == 'M' && start[1] == 'M' && (start[3] == 42 || start[3] == 43);
  return (little && start[3] == 0) || (big && start[2] == 0);
}

PictureHeader check_tiff(std::span<const std::uint8_t> bytes, const std::string& name) {
  const Directories file(bytes);
  if (!file.can_read(0, 8)) refuse(name, "TIFF: the file is cut off");
  if (file.number(2, 2) != 42) {
    refuse(name, "BigTIFF is not read", "TIFF of at most 4 GB", "BigTIFF",
           "save it as TIFF, or as .nii.gz or .nrrd (3D Slicer, ImageJ)");
  }
  PictureHeader header;
  std::size_t pages = 0;
  for (std::size_t at = file.number(4, 4); at != 0; ++pages) {
    const auto page = pages < kMostPages ? file.page(at) : std::nullopt;
    if (!page) refuse(name, "TIFF: the list of pages is cut off or runs in a circle");
    if (page->value(kPhotometric, 1) == kInks) {
      refuse(name, "TIFF: a picture in inks (CMYK) for a printer", "grey, or red, green and blue",
             "PhotometricInterpretation 5", "save it as RGB");
    }
    const PictureHeader one = header_of(*page);
    if (pages == 0) header = one;
    if (page->value(kSubfile, 0) == 1 || one.size != header.size ||
        one.channels != header.channels) {
      refuse(name, "TIFF: pages of several sizes or kinds, such as a small copy of the picture",
             "pages alike", "page " + std::to_string(pages + 1) + " differs", kPlainStack);
    }
    header.is_lossy = header.is_lossy || one.is_lossy;
    at = page->next;
  }
  header.size[2] = static_cast<std::int64_t>(pages);
  return header;
}

int exif_orientation(std::span<const std::uint8_t> block) {
  if (!looks_like_tiff(block) || block.size() < 8) return 1;
  const Directories file(block);
  const auto page = file.page(file.number(4, 4));
  return page ? static_cast<int>(std::min<std::uint64_t>(page->value(kOrientation, 1), 8)) : 1;
}

}  // namespace medcl
