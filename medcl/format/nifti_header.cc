// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>

#include "medcl/core/error.h"
#include "medcl/format/known_content.h"
#include "medcl/format/nifti_layout.h"
#include "medcl/format/spacing_remedy.h"

namespace medcl::nifti {
namespace {

constexpr std::string_view kMagic1("n+1\0", 4);
constexpr std::string_view kPairMagic1("ni1\0", 4);
constexpr std::string_view kMagic2("n+2\0\r\n\032\n", 8);
constexpr std::string_view kPairMagic2("ni2\0\r\n\032\n", 8);

constexpr double kSmallestSpacing = 1e-6, kLargestSpacing = 1e6;  // in the unit of the file
constexpr double kLargestScale = 1e30;
constexpr std::int64_t kLargestVoxelOffset = std::int64_t{64} << 20;

/// Where the file is known to be something else, that says more than a field.
void refuse_other_content(const Source& source) {
  const auto known = known_content(source.bytes);
  if (!known) return;
  fail(ErrorCode::kIo, {.what = "this is no NIfTI file",
                        .where = source.name,
                        .expected = "an image: NIfTI, NRRD, MetaImage or DICOM",
                        .found = known->name,
                        .remedy = known->remedy});
}

void find_version(Source& source, NiftiHeader& header) {
  if (source.bytes.size() < layout_of(1).header_bytes) {
    refuse_other_content(source);
    refuse(source.name, "sizeof_hdr", "is beyond the end of the file", "348 bytes or more",
           std::to_string(source.bytes.size()));
  }
  const std::uint64_t little = load(source.bytes.data(), 4, false);
  const std::uint64_t big = load(source.bytes.data(), 4, true);
  header.big_endian = big == 348 || big == 540;
  const std::uint64_t size = header.big_endian ? big : little;
  if (size != 348 && size != 540) {
    refuse_other_content(source);
    refuse(source.name, "sizeof_hdr", "is wrong, this is not a NIfTI file", "348 or 540",
           std::to_string(little));
  }
  header.version = size == 540 ? 2 : 1;
  source.big_endian = header.big_endian;
  source.layout = &layout_of(header.version);
  if (source.bytes.size() < source.layout->header_bytes) {
    refuse(source.name, "sizeof_hdr", "is beyond the end of the file", "540 bytes or more",
           std::to_string(source.bytes.size()));
  }
}

std::string hex_of(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    const auto code = static_cast<unsigned char>(c);
    text += kDigits[code >> 4];
    text += kDigits[code & 15];
  }
  return text;
}

void check_magic(const Source& source, int version) {
  const std::string_view expected = version == 2 ? kMagic2 : kMagic1;
  const std::string_view pair = version == 2 ? kPairMagic2 : kPairMagic1;
  const std::string_view found = source.text(source.layout->magic, expected.size());
  if (found == expected) {
    return;
  }
  if (found.substr(0, 4) == pair.substr(0, 4)) {
    refuse(source.name, "magic", "belongs to a pair of .hdr and .img files; convert it to one .nii",
           "n+" + std::to_string(version), "ni" + std::to_string(version));
  }
  refuse(source.name, "magic",
         found.substr(0, 4) == expected.substr(0, 4)
             ? "was damaged by a transfer in text mode"
             : "is wrong (perhaps Analyze 7.5, which has no orientation)",
         "n+" + std::to_string(version), "bytes " + hex_of(found.substr(0, 4)));
}

void read_dim(const Source& source, NiftiHeader& header) {
  const std::int64_t rank = source.integer(source.layout->dim);
  if (rank < 1 || rank > 7) {
    refuse(source.name, "dim[0]", "is not a number of dimensions", "1..7", std::to_string(rank));
  }
  header.dim.fill(1);
  header.dim[0] = rank;
  std::uint64_t count = 1;
  for (std::size_t i = 1; i <= static_cast<std::size_t>(rank); ++i) {
    const std::int64_t side = source.integer(source.layout->dim, i);
    const std::string field = "dim[" + std::to_string(i) + "]";
    if (side < 1) {
      refuse(source.name, field, "is not positive", "1 or more", std::to_string(side));
    }
    header.dim[i] = side;
    if (__builtin_mul_overflow(count, static_cast<std::uint64_t>(side), &count) ||
        count > std::uint64_t{1} << 56) {
      refuse(source.name, field, "makes the number of voxels overflow", "at most 2^56 in all",
             std::to_string(side));
    }
  }
}

void read_datatype(const Source& source, NiftiHeader& header) {
  const auto code = static_cast<std::int16_t>(source.integer(source.layout->datatype));
  header.datatype = static_cast<NiftiType>(code);
  const std::size_t bytes = bytes_per_voxel(header.datatype);
  if (bytes == 0) {
    const bool colour = code == 128 || code == 2304;
    const bool complex = code == 32 || code == 1792 || code == 2048;
    const char* what = colour    ? "is a colour type, which is not supported"
                       : complex ? "is a complex type, which is not supported"
                                 : "is not a supported voxel type";
    refuse(source.name, "datatype", what, "2, 4, 8, 16, 64, 256, 512, 768, 1024 or 1280",
           std::to_string(code));
  }
  const std::int64_t bits = source.integer(source.layout->bitpix);
  if (bits != static_cast<std::int64_t>(bytes) * 8) {
    refuse(source.name, "bitpix", "contradicts datatype " + name_of(header.datatype),
           std::to_string(bytes * 8), std::to_string(bits),
           "the header is damaged or badly written: write the file again from its source");
  }
}

void read_voxel_offset(const Source& source, NiftiHeader& header) {
  const double offset = source.number(source.layout->vox_offset);
  const auto smallest =
      static_cast<std::int64_t>(source.layout->header_bytes + kExtensionFlagBytes);
  if (!(offset >= static_cast<double>(smallest) &&
        offset <= static_cast<double>(kLargestVoxelOffset)) ||
      offset != std::floor(offset)) {
    refuse(source.name, "vox_offset", "is not a position behind the header",
           std::to_string(smallest) + ".." + std::to_string(kLargestVoxelOffset), text_of(offset));
  }
  header.voxel_offset = static_cast<std::int64_t>(offset);
}

void read_spacing(const Source& source, NiftiHeader& header, bool spacing_is_known) {
  const auto rank = static_cast<std::size_t>(header.dim[0]);
  header.pixdim.fill(1);
  for (std::size_t i = 1; i <= rank; ++i) {
    const double value = source.number(source.layout->pixdim, i);
    const bool in_space = i <= 3;
    const double smallest = in_space ? kSmallestSpacing : 0;  // time steps may be unknown
    const bool plausible = value >= smallest && value <= kLargestSpacing;
    if (!plausible && !(in_space && spacing_is_known)) {
      refuse(source.name, "pixdim[" + std::to_string(i) + "]", "is not a plausible spacing",
             text_of(smallest) + ".." + text_of(kLargestSpacing), text_of(value),
             in_space ? kSpacingRemedy : "correct the header (ITK-SNAP, 3D Slicer)");
    }
    header.pixdim[i] = plausible ? value : 0;
  }
}

void read_scaling(const Source& source, NiftiHeader& header) {
  const double slope = source.number(source.layout->scl_slope);
  if (slope == 0 || std::isnan(slope)) {
    return;
  }
  const double inter = source.number(source.layout->scl_inter);
  if (!(std::abs(slope) <= kLargestScale)) {
    refuse(source.name, "scl_slope", "is not a plausible scale",
           "at most " + text_of(kLargestScale), text_of(slope));
  }
  if (!(std::abs(inter) <= kLargestScale)) {
    refuse(source.name, "scl_inter", "is not a plausible offset",
           "at most " + text_of(kLargestScale), text_of(inter));
  }
  header.scl_slope = slope;
  header.scl_inter = inter;
}

}  // namespace

NiftiHeader parse_header(std::span<const std::uint8_t> bytes, const std::string& name,
                         bool spacing_is_known) {
  NiftiHeader header;
  Source source{bytes, name, nullptr, false};
  find_version(source, header);
  check_magic(source, header.version);
  read_dim(source, header);
  read_datatype(source, header);
  read_voxel_offset(source, header);
  read_spacing(source, header, spacing_is_known);
  read_scaling(source, header);
  read_orientation(source, header);
  header.xyzt_units = static_cast<int>(source.integer(source.layout->xyzt_units));
  const std::string_view text = source.text(source.layout->descrip, kDescriptionBytes);
  header.description = text.substr(0, text.find('\0'));
  const auto raw =
      bytes.first(std::min(bytes.size(), static_cast<std::size_t>(header.voxel_offset)));
  header.raw.assign(raw.begin(), raw.end());
  return header;
}

std::uint64_t voxel_count(const NiftiHeader& header) {
  std::uint64_t count = 1;
  for (std::size_t i = 1; i <= static_cast<std::size_t>(header.dim[0]); ++i) {
    count *= static_cast<std::uint64_t>(header.dim[i]);
  }
  return count;
}

std::uint64_t needed_bytes(const NiftiHeader& header) {
  return static_cast<std::uint64_t>(header.voxel_offset) +
         voxel_count(header) * bytes_per_voxel(header.datatype);
}

void check_extensions(std::span<const std::uint8_t> raw, const NiftiHeader& header,
                      const std::string& name) {
  const std::size_t start = layout_of(header.version).header_bytes;
  if (raw.size() < start + kExtensionFlagBytes || raw[start] == 0) {
    return;
  }
  constexpr std::size_t kPrefixBytes = 8;  // esize, ecode
  std::size_t used = start + kExtensionFlagBytes;
  while (raw.size() - used >= kPrefixBytes) {
    const std::uint64_t size = load(raw.data() + used, 4, header.big_endian);
    if (size == 0) {
      break;  // zero padding up to vox_offset
    }
    if (size < kPrefixBytes || size > raw.size() - used) {
      refuse(name, "esize", "of an extension does not fit before vox_offset",
             std::to_string(kPrefixBytes) + ".." + std::to_string(raw.size() - used),
             std::to_string(size));
    }
    used += size;
  }
}

}  // namespace medcl::nifti

namespace medcl {

double unit_mm(const NiftiHeader& header) {
  const int unit = header.xyzt_units & 7;
  return unit == 1 ? 1000 : unit == 3 ? 0.001 : 1;
}

}  // namespace medcl
