// SPDX-License-Identifier: Apache-2.0
#include "medcl/format/known_content.h"

#include <algorithm>
#include <cctype>
#include <string_view>

namespace medcl {
namespace {

using namespace std::string_view_literals;

constexpr const char* kPicture =
    "pictures have no size in mm: convert the original scan, or write NIfTI with a voxel size";
constexpr const char* kConvert = "convert it to NIfTI (.nii.gz)";
constexpr const char* kUnpack = "unpack it first";
constexpr const char* kAgain = "download the file again";

struct Row {
  std::size_t offset;
  std::string_view bytes;
  const char *name, *remedy;
};

constexpr Row kRows[] = {
    {0, "\x89PNG\r\n\x1a\n"sv, "a PNG picture", kPicture},
    {0, "\xff\xd8\xff"sv, "a JPEG picture", kPicture},
    {0, "GIF8"sv, "a GIF picture", kPicture},
    {0, "II*\0"sv, "a TIFF picture", kPicture},
    {0, "MM\0*"sv, "a TIFF picture", kPicture},
    {0, "II+\0"sv, "a BigTIFF picture", kPicture},
    {0, "\0\0\0\x0cjP  "sv, "a JPEG 2000 picture", kPicture},
    {8, "WEBP"sv, "a WebP picture", kPicture},
    {0, "NRRD0"sv, "an NRRD image", ""},
    {0, "ObjectType"sv, "a MetaImage", ""},
    {0, "NDims"sv, "a MetaImage", ""},
    {128, "DICM"sv, "a DICOM file", ""},
    {0, "\x89HDF\r\n\x1a\n"sv, "an HDF5 file (MINC2, MATLAB 7.3 and ACDC slices are such)",
     kConvert},
    {0, "CDF\x01"sv, "a netCDF file (MINC1)", kConvert},
    {0, "\x93NUMPY"sv, "a NumPy array", "write NIfTI with its voxel size (nibabel)"},
    {0, "MATLAB 5.0"sv, "a MATLAB file", "write NIfTI with its voxel size"},
    {0, "PK\3\4"sv, "a zip archive (.zip, .npz, .pth, .xlsx)", kUnpack},
    {0, "PK\5\6"sv, "an empty zip archive", kUnpack},
    {0, "\x1f\x8b"sv, "a gzip file", kUnpack},
    {0, "BZh"sv, "a bzip2 file", kUnpack},
    {0,
     "\xfd"
     "7zXZ\0"sv,
     "an xz file", kUnpack},
    {0, "7z\xbc\xaf\x27\x1c"sv, "a 7z archive", kUnpack},
    {0, "\x28\xb5\x2f\xfd"sv, "a zstd file", kUnpack},
    {0, "Rar!"sv, "a RAR archive", kUnpack},
    {257, "ustar"sv, "a tar archive", kUnpack},
    {0, "%PDF"sv, "a PDF document", ""},
    {0,
     "\x7f"
     "ELF"sv,
     "a program", ""},
    {0, "version https://git-lfs"sv, "a Git LFS pointer",
     "fetch the file itself with git lfs pull"},
    {0, "/annex/objects/"sv, "a git-annex pointer", "fetch the file itself with git annex get"},
    {0, "<?xml"sv, "an XML file", ""},
    {0, "<"sv, "a web page", kAgain},
    {0, "{"sv, "a JSON file", ""},
};

bool is_text(std::span<const std::uint8_t> bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) {
    return std::isprint(byte) != 0 || std::isspace(byte) != 0;
  });
}

}  // namespace

std::optional<KnownContent> known_content(std::span<const std::uint8_t> start) {
  if (start.empty()) return KnownContent{"an empty file", "make or download it again"};
  const std::string_view text(reinterpret_cast<const char*>(start.data()), start.size());
  for (const Row& row : kRows) {
    if (text.size() > row.offset && text.substr(row.offset).starts_with(row.bytes)) {
      return KnownContent{row.name, row.remedy};
    }
  }
  constexpr std::size_t kShown = 512;
  const auto shown = start.first(std::min(start.size(), kShown));
  if (is_text(shown)) return KnownContent{"a text file", ""};
  if (std::all_of(shown.begin(), shown.end(), [](std::uint8_t byte) { return byte == 0; })) {
    return KnownContent{"only zeros", kAgain};
  }
  return std::nullopt;
}

}  // namespace medcl
