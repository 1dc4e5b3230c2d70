// SPDX-License-Identifier: Apache-2.0
#include "medcl/format/known_content.h"

#include <gtest/gtest.h>

#include <string_view>

namespace medcl {
namespace {

std::string name_of(std::string_view text) {
  const auto found =
      known_content({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  return found ? found->name : "unknown";
}

TEST(KnownContent, FilesThatPeopleMistakeForImagesAreNamed) {
  using namespace std::string_view_literals;
  EXPECT_EQ(name_of(""), "an empty file");
  EXPECT_EQ(name_of("\x89PNG\r\n\x1a\n\0\0\0\rIHDR"sv), "a PNG picture");
  EXPECT_EQ(name_of("\xff\xd8\xff\xe0\0\x10JFIF"sv), "a JPEG picture");
  EXPECT_EQ(name_of("\x93NUMPY\1\0v\0"sv), "a NumPy array");
  EXPECT_EQ(name_of("version https://git-lfs.github.com/spec/v1\n"), "a Git LFS pointer");
  EXPECT_EQ(name_of("<!DOCTYPE html>"), "a web page");
  EXPECT_EQ(name_of("case,dice\np1,0.9\n"), "a text file");
  EXPECT_EQ(name_of(std::string(600, '\0')), "only zeros");
  EXPECT_EQ(name_of(std::string(128, '\1') + "DICM"), "a DICOM file");
  EXPECT_EQ(name_of(std::string(257, '\1') + "ustar"), "a tar archive");
}

TEST(KnownContent, OtherBytesAreUnknown) {
  EXPECT_EQ(name_of("\x5c\x01\x02\x03"), "unknown");
  for (int byte = 128; byte < 255; ++byte) {
    EXPECT_EQ(name_of(std::string(40, static_cast<char>(byte))), "unknown") << byte;
  }
}

}  // namespace
}  // namespace medcl
