// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "medcl/format/gzip.h"
#include "medcl/image/itk_bridge.h"
#include "tests/hostile/table.h"

namespace medcl::hostile {
namespace {

BadFile file(const std::string& name, const std::string& content, const std::string& message,
             int code = 4) {
  return {name,
          [=] {
            const auto path = Workshop::get().fresh() / name.substr(0, name.find(':'));
            write(path, content);
            return Words{"info", path.string()};
          },
          code, name.substr(0, name.find(':')) + ": .*" + message};
}

BadFile nrrd(const std::string& what, const std::string& from, const std::string& to,
             const std::string& message, int code = 4) {
  return file("x.nrrd: " + what, replaced(sound_nrrd(), from, to), message, code);
}

BadFile mha(const std::string& what, const std::string& from, const std::string& to,
            const std::string& message, int code = 4) {
  return file("x.mha: " + what, replaced(sound_mha(), from, to), message, code);
}

/// A DICOM file in which the value of one element is replaced (same length).
BadFile dicom(const std::string& what, const std::function<void(Bytes&)>& spoil,
              const std::string& message) {
  Bytes bytes = sound_dicom();
  spoil(bytes);
  return file("x.dcm: " + what, to_text(bytes), message);
}

/// Position of the value of an element with a two-byte length.
std::size_t value_of(const Bytes& bytes, std::uint8_t group, std::uint16_t element) {
  const std::string wanted{static_cast<char>(group), '\0', static_cast<char>(element & 0xff),
                           static_cast<char>(element >> 8)};
  const std::size_t at = to_text(bytes).find(wanted, 132);
  if (at == std::string::npos) throw std::runtime_error("no such element");
  return at + 8;
}

class HostileForeign : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!itk_is_built_in()) GTEST_SKIP() << "built without ITK";
  }
};

TEST_F(HostileForeign, NrrdIsCheckedBeforeItkSeesIt) {
  const std::string zeros = to_text(packed_zeros(100));
  expect_refused({
      file("x.nrrd: pixels cut off", sound_nrrd("only 12 bytes"),
           "the file is cut off.*expected 24 bytes.*found 13"),
      file("x.nrrd: pixels too many", sound_nrrd(std::string(30, 'x')),
           "the file is longer.*expected 24 .*found 30"),
      file("x.nrrd: no end of header", "NRRD0004\ntype: uint8\n", "the header has no end"),
      nrrd("declares 700^3", "sizes: 4 3 2", "sizes: 700 700 700",
           "the file is cut off.*expected 343000000 .*found 24"),
      nrrd("declares 10^18", "sizes: 4 3 2", "sizes: 1000000 1000000 1000000",
           "image does not fit into memory .*expected .*found", 6),
      nrrd("negative size", "sizes: 4 3 2", "sizes: 4 -3 2",
           "'sizes' is not a valid number.*expected .*found '-3'"),
      nrrd("rank 9", "dimension: 3", "dimension: 9",
           "'dimension' is not a valid number.*found '9'"),
      nrrd("rank 4", "dimension: 3", "dimension: 4",
           "'dimension' is not a valid number.*expected 2..3"),
      nrrd("unknown type", "type: uint8", "type: block", "'type' is not supported.*found 'block'"),
      nrrd("NaN direction", "(1,0,0)", "(nan,0,0)",
           "'space directions' is not made of numbers.*expected plain decimal.*found"),
      nrrd("all directions zero", "(1,0,0) (0,1,0) (0,0,2)", "(0,0,0) (0,0,0) (0,0,0)",
           "'space directions' has a vector of length zero.*expected a direction.*found "
           "\\(0,0,0\\)"),
      nrrd("two directions for three axes", "(1,0,0) (0,1,0) (0,0,2)", "(1,0,0) (0,1,0)",
           "'space directions' has the wrong number of vectors.*expected 3, found 2"),
      nrrd("no anatomical space", "space: left-posterior-superior", "space dimension: 3",
           "the file names no orientation .*expected space", 3),
      nrrd("no spacing", "space directions: (1,0,0) (0,1,0) (0,0,2)\n", "",
           "'space directions' is missing .*--spacing X,Y,Z", 3),
      nrrd("sheared", "(1,0,0) (0,1,0)", "(1,0,0) (0.2,1,0)",
           "axes are not at right angles .*--assume spacing", 3),
      nrrd("unit that is none", "encoding: raw", "encoding: raw\nspace units: \"s\" \"s\" \"s\"",
           "'space units' is not one unit of length"),
      nrrd("units that differ", "encoding: raw", "encoding: raw\nspace units: \"mm\" \"mm\" \"um\"",
           "'space units' is not one unit of length"),
      nrrd("colours", "kinds: domain", "kinds: RGB-color", "several values per voxel"),
      nrrd("encoding as text", "encoding: raw", "encoding: ascii",
           "'encoding' is not supported.*found 'ascii'"),
      nrrd("field given twice", "sizes: 4 3 2", "sizes: 4 3 2\nsizes: 8 3 2",
           "'sizes' is given twice"),
      nrrd("gzip that is none", "encoding: raw", "encoding: gzip",
           "compressed pixels are cut off or damaged"),
      file("x.nrrd: gzip bomb", replaced(sound_nrrd(zeros), "encoding: raw", "encoding: gzip"),
           "the file is longer.*expected 24 "),
      nrrd("pixels in another file", "encoding: raw", "encoding: raw\ndata file: /etc/passwd",
           "the pixels are in another file .*found /etc/passwd"),
  });
}

TEST_F(HostileForeign, MetaImageIsCheckedBeforeItkSeesIt) {
  expect_refused({
      file("x.mha: pixels cut off", sound_mha("short"),
           "the file is cut off.*expected 24 .*found 5"),
      file("x.mha: no data file", "ObjectType = Image\nNDims = 3\n", "no field 'ElementDataFile'"),
      mha("rank -1", "NDims = 3", "NDims = -1",
          "'NDims' is not a valid number.*expected 2..3, found '-1'"),
      mha("declares 700^3", "DimSize = 4 3 2", "DimSize = 700 700 700",
          "the file is cut off.*expected 343000000 .*found 24"),
      mha("declares 10^18", "DimSize = 4 3 2", "DimSize = 1000000 1000000 1000000",
          "image does not fit into memory .*expected .*found", 6),
      mha("no spacing", "ElementSpacing = 1 1 2\n", "",
          "'ElementSpacing' is missing .*expected .*--spacing X,Y,Z", 3),
      mha("unit that is none", "ElementSpacing", "DistanceUnits = parsec\nElementSpacing",
          "'DistanceUnits' is not one unit of length .*found parsec"),
      mha("sheared", "1 0 0 0 1 0 0 0 1", "1 0 0 0.2 0.98 0 0 0 1",
          "axes are not at right angles .*--assume spacing", 3),
      mha("sizes missing", "DimSize = 4 3 2", "DimSize = 4 3",
          "'DimSize' has too few numbers.*expected 3"),
      mha("pixels as text", "BinaryData = True", "BinaryData = False",
          "pixels as text.*expected .*found False"),
      mha("several channels", "ElementType", "ElementNumberOfChannels = 3\nElementType",
          "'ElementNumberOfChannels' is not supported.*expected 1, found 3"),
      mha("skipped header", "ElementType", "HeaderSize = -1\nElementType",
          "'HeaderSize' is not supported.*expected 0, found -1"),
      mha("NaN offset", "Offset = 3 4 5", "Offset = nan 4 5",
          "'Offset' is not made of numbers.*found nan"),
      mha("zero matrix", "1 0 0 0 1 0 0 0 1", "0 0 0 0 0 0 0 0 0",
          "'TransformMatrix' has a direction of length zero.*expected .*found 0 0 0"),
      mha("matrix cut short", "1 0 0 0 1 0 0 0 1", "1 0 0 0 1 0 0",
          "'TransformMatrix' has the wrong number of values.*expected 9, found 1 0 0 0 1 0 0"),
      mha("spacing 0", "ElementSpacing = 1 1 2", "ElementSpacing = 0 1 2",
          "'ElementSpacing' is no spacing.*expected 3 numbers above zero, found 0 1 2"),
      mha("negative spacing", "ElementSpacing = 1 1 2", "ElementSpacing = 1 -1 2",
          "'ElementSpacing' is no spacing.*expected 3 numbers above zero, found 1 -1 2"),
      mha("pixels in another file", "ElementDataFile = LOCAL",
          "ElementDataFile = ../../../../etc/passwd",
          "the pixels are in another file .*expected ElementDataFile = LOCAL, found \\.\\./"),
      mha("list of files", "ElementDataFile = LOCAL", "ElementDataFile = LIST\n/etc/passwd",
          "the pixels are in another file .*found LIST"),
      mha("hidden data file", "Offset = 3 4 5", "Offset = 3 4 5 ElementDataFile = /etc/passwd",
          "'ElementDataFile' hides"),
  });
}

TEST_F(HostileForeign, DicomIsCheckedBeforeGdcmSeesIt) {
  const auto size = [](std::uint16_t element, int value) {
    return [=](Bytes& bytes) { put16(bytes, value_of(bytes, 0x28, element), value); };
  };
  expect_refused({
      dicom(
          "cut off", [](Bytes& b) { b.resize(b.size() - 10); },
          "the DICOM file is cut off.*expected .*found"),
      dicom("65535 rows", size(0x10, 65535),
            "pixel data are shorter than the image.*expected 65535 x 4 .*found 24 bytes"),
      dicom(
          "64 bits", size(0x100, 64),
          "pixel data are shorter than the image.*expected .* samples of 64 bits, found 24 bytes"),
      dicom(
          "a length of 4 GB", [](Bytes& b) { put32(b, b.size() - 24 - 4, 0xfffffff0); },
          "the DICOM file is cut off.*expected .*found"),
      dicom(
          "compressed pixels that would be 8 GB",
          [&](Bytes& b) {
            size(0x10, 65535)(b);
            size(0x11, 65535)(b);
            b.resize(b.size() - 24 - 4);
            const std::string rest(
                "\xff\xff\xff\xff\xfe\xff\x00\xe0\x00\x00\x00\x00"
                "\xfe\xff\x00\xe0\x04\x00\x00\x00\x01\x02\x03\x04"
                "\xfe\xff\xdd\xe0\x00\x00\x00\x00",
                32);
            b.insert(b.end(), rest.begin(), rest.end());
          },
          "larger than its compressed pixels can be.*expected .*found"),
      dicom(
          "size given twice",
          [](Bytes& b) {
            const std::size_t at = value_of(b, 0x28, 0x10) - 8;
            const Bytes copy(b.begin() + static_cast<long>(at),
                             b.begin() + static_cast<long>(at) + 10);
            b.insert(b.begin() + static_cast<long>(at), copy.begin(), copy.end());
          },
          "gives the size of its image twice"),
      dicom(
          "no value representation", [](Bytes& b) { b[value_of(b, 0x28, 0x10) - 4] = 1; },
          "has no value representation"),
      dicom("three colours", size(0x02, 3),
            "pixel data are shorter than the image.*expected .* x 3 samples .*found 24 bytes"),
      dicom(
          "deflated",
          [](Bytes& b) {
            const std::string text = to_text(b);
            b = to_bytes(
                replaced(text, std::string("1.2.840.10008.1.2.1\0", 20), "1.2.840.10008.1.2.1.99"));
            b[text.find(std::string("1.2.840.10008.1.2.1\0", 20)) - 2] = 22;
          },
          "transfer syntax is not supported.*expected .*found 1.2.840.10008.1.2.1.99"),
  });
}

}  // namespace
}  // namespace medcl::hostile
