// SPDX-License-Identifier: Apache-2.0
#pragma once

// For tests only: DICOM files of one slice (explicit little endian, 16 bits), written by hand.
//
// Source: DICOM PS3.5 (encoding), PS3.3 C.7.6 (image plane and image pixel modules).

#include <cstdint>
#include <cstdio>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "medcl/image/geometry.h"

namespace medcl::testing {

struct DicomText {
  std::int64_t columns = 4, rows = 3;
  Point3 position_mm{}, row_direction{1, 0, 0}, column_direction{0, 1, 0};  ///< RAS
  double spacing_i_mm = 1, spacing_j_mm = 1, thickness_mm = 5;
  int number = 1;
  std::string series_uid = "1.2.826.0.1.3680043.10.1";
  std::vector<std::uint16_t> pixels;
  /// Texts of tags (group << 16 | element) in place of those above; nullopt: without the tag.
  std::map<std::uint32_t, std::optional<std::string>> texts;
  std::vector<std::uint8_t> before_image;  ///< elements in front of group 0028
};

class DicomWriter {
 public:
  void bytes(const std::string& text) { bytes_.insert(bytes_.end(), text.begin(), text.end()); }
  void number(std::uint64_t value, int count) {
    for (int byte = 0; byte < count; ++byte) {
      bytes_.push_back(static_cast<std::uint8_t>(value >> (8 * byte)));
    }
  }
  void tag(std::uint32_t group, std::uint32_t element, const char* type) {
    number(group, 2);
    number(element, 2);
    bytes(type);
  }
  /// Text, padded to an even length: with zero for identifiers, else with a blank.
  void text(std::uint32_t group, std::uint32_t element, const char* type, std::string value) {
    if (value.size() % 2 != 0) value += std::string(type) == "UI" ? '\0' : ' ';
    tag(group, element, type);
    number(value.size(), 2);
    bytes(value);
  }
  void whole(std::uint32_t group, std::uint32_t element, std::uint64_t value) {
    tag(group, element, "US");
    number(2, 2);
    number(value, 2);
  }
  void long_value(std::uint32_t group, std::uint32_t element, const char* type,
                  const std::vector<std::uint8_t>& value) {
    tag(group, element, type);
    number(0, 2);
    number(value.size(), 4);
    bytes_.insert(bytes_.end(), value.begin(), value.end());
  }
  [[nodiscard]] std::vector<std::uint8_t>& content() { return bytes_; }

 private:
  std::vector<std::uint8_t> bytes_;
};

/// "a\b\c" in DICOM's LPS.
inline std::string dicom_point(const Point3& ras) {
  char text[64];
  std::snprintf(text, sizeof text, "%.10g\\%.10g\\%.10g", -ras[0], -ras[1], ras[2]);
  return text;
}

inline std::string dicom_number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.10g", value);
  return text;
}

inline std::vector<std::uint8_t> dicom_bytes(const DicomText& slice) {
  const std::string instance = slice.series_uid + "." + std::to_string(slice.number);
  DicomWriter meta;
  meta.text(2, 2, "UI", "1.2.840.10008.5.1.4.1.1.4");
  meta.text(2, 3, "UI", instance);
  meta.text(2, 0x10, "UI", "1.2.840.10008.1.2.1");
  DicomWriter file;
  file.bytes(std::string(128, '\0') + "DICM");
  file.tag(2, 0, "UL");
  file.number(4, 2);
  file.number(meta.content().size(), 4);
  file.content().insert(file.content().end(), meta.content().begin(), meta.content().end());
  file.text(8, 0x16, "UI", "1.2.840.10008.5.1.4.1.1.4");
  file.text(8, 0x18, "UI", instance);
  file.text(8, 0x60, "CS", "MR");
  const auto text = [&](std::uint32_t group, std::uint32_t element, const char* type,
                        const std::string& usual) {
    const auto other = slice.texts.find(group << 16 | element);
    const auto value = other == slice.texts.end() ? std::optional(usual) : other->second;
    if (value) file.text(group, element, type, *value);
  };
  text(0x18, 0x50, "DS", dicom_number(slice.thickness_mm));
  text(0x18, 0x88, "DS", dicom_number(slice.thickness_mm));
  file.text(0x20, 0x0d, "UI", slice.series_uid + ".0");
  file.text(0x20, 0x0e, "UI", slice.series_uid);
  text(0x20, 0x13, "IS", std::to_string(slice.number));
  text(0x20, 0x32, "DS", dicom_point(slice.position_mm));
  text(0x20, 0x37, "DS",
       dicom_point(slice.row_direction) + "\\" + dicom_point(slice.column_direction));
  file.text(0x20, 0x52, "UI", slice.series_uid + ".9");
  file.content().insert(file.content().end(), slice.before_image.begin(), slice.before_image.end());
  file.whole(0x28, 2, 1);
  file.text(0x28, 4, "CS", "MONOCHROME2");
  file.whole(0x28, 0x10, static_cast<std::uint64_t>(slice.rows));
  file.whole(0x28, 0x11, static_cast<std::uint64_t>(slice.columns));
  text(0x28, 0x30, "DS",
       dicom_number(slice.spacing_j_mm) + "\\" + dicom_number(slice.spacing_i_mm));
  file.whole(0x28, 0x100, 16);
  file.whole(0x28, 0x101, 16);
  file.whole(0x28, 0x102, 15);
  file.whole(0x28, 0x103, 0);
  DicomWriter pixels;
  for (const std::uint16_t pixel : slice.pixels) pixels.number(pixel, 2);
  file.long_value(0x7fe0, 0x10, "OW", pixels.content());
  return file.content();
}

}  // namespace medcl::testing
