// SPDX-License-Identifier: Apache-2.0
#include "medcl/image/dicom_file.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstring>
#include <string_view>
#include <utility>

#include "medcl/core/error.h"

namespace medcl {
namespace {

constexpr std::size_t kPreambleBytes = 132;
constexpr std::uint32_t kUndefined = 0xFFFFFFFF;
constexpr int kMaxDepth = 32;
constexpr std::uint64_t kSurelySmall = std::uint64_t{8} << 20;  // 2048 x 2048 pixels of 16 bits
constexpr std::uint64_t kLargestCompression = 100;              // lossless medical images: 2 to 4

constexpr std::uint32_t kTransferSyntax = 0x00020010;
constexpr std::uint32_t kSamples = 0x00280002;
constexpr std::uint32_t kFrames = 0x00280008;
constexpr std::uint32_t kRows = 0x00280010;
constexpr std::uint32_t kColumns = 0x00280011;
constexpr std::uint32_t kBitsAllocated = 0x00280100;
constexpr std::uint32_t kPixelData = 0x7FE00010;
constexpr std::uint32_t kItem = 0xFFFEE000;
constexpr std::uint32_t kItemEnd = 0xFFFEE00D;
constexpr std::uint32_t kSequenceEnd = 0xFFFEE0DD;

struct Element {
  std::uint32_t tag = 0;
  std::uint32_t length = 0;
  std::size_t begin = 0;  ///< of the value
  bool unknown = false;   ///< type UN
};

class Walker {
 public:
  Walker(std::span<const std::uint8_t> bytes, const std::string& name)
      : bytes_(bytes), name_(name) {}

  bool walk() {
    at_ = kPreambleBytes;
    walk_meta();
    while (at_ < bytes_.size()) {
      const Element element = next();
      if (element.tag == kPixelData) {
        check_pixels(element);
        return rows_ > 0 && columns_ > 0;
      }
      note(element);
      skip(element, 0);
    }
    return false;
  }

 private:
  [[noreturn]] void refuse(const std::string& what, const std::string& expected = {},
                           const std::string& found = {}) const {
    fail(ErrorCode::kIo,
         {.what = what, .where = name_, .expected = expected, .found = found, .remedy = {}});
  }

  void need(std::uint64_t count) const {
    if (count > bytes_.size() - at_) {
      refuse("the DICOM file is cut off", std::to_string(at_ + count) + " bytes or more",
             std::to_string(bytes_.size()));
    }
  }

  std::uint32_t number(std::size_t at, std::size_t size) const {
    std::uint32_t value = 0;
    for (std::size_t byte = 0; byte < size; ++byte) {
      const std::size_t from = big_endian_ ? size - 1 - byte : byte;
      value |= static_cast<std::uint32_t>(bytes_[at + from]) << (8 * byte);
    }
    return value;
  }

  /// Empty for a value without a length.
  std::string_view text(const Element& element) const {
    if (element.length == kUndefined) return {};
    std::string_view value(reinterpret_cast<const char*>(bytes_.data()) + element.begin,
                           element.length);
    while (!value.empty() && (value.back() == ' ' || value.back() == '\0')) {
      value.remove_suffix(1);
    }
    return value;
  }

  /// Reads tag and length; the value is checked to lie in the file.
  Element next() {
    need(8);
    Element element{.tag = number(at_, 2) << 16 | number(at_ + 2, 2)};
    const bool delimiter = element.tag >> 16 == 0xFFFE;
    if (implicit_ || delimiter) {
      element.length = number(at_ + 4, 4);
      at_ += 8;
    } else {
      const std::string_view vr(reinterpret_cast<const char*>(bytes_.data()) + at_ + 4, 2);
      constexpr std::string_view kLong = "OB OW OF OD OL OV SQ UT UN UC UR SV UV";
      constexpr std::string_view kShort =
          "AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US";
      // GDCM takes the length behind an unknown one for a number of four bytes.
      if (vr.find(' ') != std::string_view::npos ||
          (kLong.find(vr) == std::string_view::npos && kShort.find(vr) == std::string_view::npos)) {
        refuse("a DICOM element has no value representation of the standard",
               "two letters such as US", "'" + one_line(std::string(vr)) + "'");
      }
      element.unknown = vr == "UN";
      if (kLong.find(vr) != std::string_view::npos) {
        need(12);
        element.length = number(at_ + 8, 4);
        at_ += 12;
      } else {
        element.length = number(at_ + 6, 2);
        at_ += 8;
      }
    }
    element.begin = at_;
    if (element.length != kUndefined) {
      need(element.length);
    }
    return element;
  }

  /// Moves behind the value of `element`.
  void skip(const Element& element, int depth) {
    if (element.length != kUndefined) {
      at_ = element.begin + element.length;
      return;
    }
    if (depth >= kMaxDepth) {
      refuse("DICOM sequences are nested too deeply");
    }
    const bool implicit = implicit_, big_endian = big_endian_;
    if (element.unknown) {  // its items are implicit little endian in every file (PS3.5, 6.2.2)
      implicit_ = true;
      big_endian_ = false;
    }
    skip_items(depth);
    implicit_ = implicit;
    big_endian_ = big_endian;
  }

  void skip_items(int depth) {
    while (true) {
      const Element item = next();
      if (item.tag == kSequenceEnd) {
        return;
      }
      if (item.tag != kItem) {
        refuse("a DICOM sequence holds something else than items");
      }
      if (item.length != kUndefined) {
        at_ = item.begin + item.length;
        continue;
      }
      for (Element inner = next(); inner.tag != kItemEnd; inner = next()) {
        skip(inner, depth + 1);
      }
    }
  }

  /// Group 2 is always little endian with explicit types; it names the encoding of the rest.
  void walk_meta() {
    while (bytes_.size() - at_ >= 8 && number(at_, 2) == 2) {
      const Element element = next();
      if (element.tag == kTransferSyntax) {
        syntax_ = std::string(text(element));
      }
      skip(element, 0);
    }
    implicit_ = syntax_ == "1.2.840.10008.1.2";
    big_endian_ = syntax_ == "1.2.840.10008.1.2.2";
    if (syntax_.empty() || syntax_ == "1.2.840.10008.1.2.1.99") {
      refuse("DICOM transfer syntax is not supported", "one that is not deflated",
             syntax_.empty() ? "none" : syntax_);
    }
  }

  /// Readers differ in which of two values they believe.
  void check_given_once(std::uint32_t tag) {
    constexpr std::array kSizeTags{kSamples, kFrames, kRows, kColumns, kBitsAllocated};
    const auto which = std::find(kSizeTags.begin(), kSizeTags.end(), tag) - kSizeTags.begin();
    if (which == static_cast<std::ptrdiff_t>(kSizeTags.size())) {
      return;
    }
    if (std::exchange(given_[static_cast<std::size_t>(which)], true)) {
      refuse("the DICOM file gives the size of its image twice");
    }
  }

  void note(const Element& element) {
    check_given_once(element.tag);
    if (element.tag == kFrames) {
      std::string_view value = text(element);
      value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
      std::from_chars(value.data(), value.data() + value.size(), frames_);
    }
    if (element.length != 2) {
      return;
    }
    const std::uint64_t value = number(element.begin, 2);
    switch (element.tag) {
      case kSamples:
        samples_ = value;
        break;
      case kRows:
        rows_ = value;
        break;
      case kColumns:
        columns_ = value;
        break;
      case kBitsAllocated:
        bits_ = value;
        break;
      default:
        break;
    }
  }

  /// What compressed pixels inflate to is only known by inflating them.
  void check_compression(std::uint64_t compressed_bytes) const {
    const std::uint64_t bytes = rows_ * columns_ * samples_ * bits_ / 8;
    if (bytes > kSurelySmall && bytes / kLargestCompression > compressed_bytes) {
      refuse("the DICOM image is larger than its compressed pixels can be",
             "at most " + std::to_string(compressed_bytes * kLargestCompression) + " bytes",
             std::to_string(bytes));
    }
  }

  void check_pixels(const Element& element) {
    if (element.length == kUndefined) {  // encapsulated: items up to a delimiter
      skip(element, 0);
      check_compression(at_ - element.begin);
      return;
    }
    // Rows, columns, samples and bits have 16 bits each, so that the product of the four fits.
    const std::uint64_t bits = rows_ * columns_ * samples_ * bits_;
    const std::uint64_t available = std::uint64_t{element.length} * 8;
    if (frames_ < 1 || (bits > 0 && frames_ > available / bits)) {
      refuse("DICOM pixel data are shorter than the image",
             std::to_string(rows_) + " x " + std::to_string(columns_) + " x " +
                 std::to_string(samples_) + " samples of " + std::to_string(bits_) + " bits",
             std::to_string(element.length) + " bytes");
    }
  }

  std::span<const std::uint8_t> bytes_;
  const std::string& name_;
  std::size_t at_ = 0;
  bool implicit_ = false, big_endian_ = false;
  std::string syntax_;
  std::array<bool, 5> given_{};  ///< samples, frames, rows, columns, bits
  std::uint64_t rows_ = 0, columns_ = 0, samples_ = 1, bits_ = 16, frames_ = 1;
};

}  // namespace

bool looks_like_dicom(std::span<const std::uint8_t> bytes) {
  return bytes.size() >= kPreambleBytes && std::memcmp(bytes.data() + 128, "DICM", 4) == 0;
}

bool looks_like_bare_dicom(std::span<const std::uint8_t> bytes) {
  constexpr std::size_t kElementHeader = 8;
  constexpr std::uint8_t kLastElement = 0x18;  // of those that a file begins with
  constexpr std::string_view kTypes = "UL CS UI OB SH DA TM LO";
  if (bytes.size() < kPreambleBytes || looks_like_dicom(bytes)) return false;
  const bool group = (bytes[0] == 2 || bytes[0] == 8) && bytes[1] == 0;
  if (!group || bytes[2] > kLastElement || bytes[3] != 0) return false;
  const std::string_view type(reinterpret_cast<const char*>(bytes.data()) + 4, 2);
  if (std::isupper(bytes[4]) != 0) return kTypes.find(type) != std::string_view::npos;
  // Implicit types: a length, and behind the value the next tag of the same group or a later one.
  const std::size_t length = bytes[4];
  if (bytes[5] != 0 || bytes[6] != 0 || bytes[7] != 0 || length % 2 != 0) return false;
  const std::size_t next = kElementHeader + length;
  return next + 2 <= bytes.size() && bytes[next + 1] == 0 && bytes[next] >= bytes[0];
}

void refuse_bare_dicom(const std::string& name) {
  fail(ErrorCode::kIo, {.what = "DICOM without the preamble of a file",
                        .where = name,
                        .expected = "128 bytes and DICM at the beginning",
                        .found = "the data set alone",
                        .remedy = "write it as a file (dcmconv, gdcmconv or dcm2niix do so)"});
}

bool check_dicom_file(std::span<const std::uint8_t> bytes, const std::string& name) {
  return looks_like_dicom(bytes) && Walker(bytes, name).walk();
}

}  // namespace medcl
