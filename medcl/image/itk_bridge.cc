// SPDX-License-Identifier: Apache-2.0
#include "medcl/image/itk_bridge.h"

#include "medcl/core/error.h"

#ifdef MEDCL_HAS_ITK

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "medcl/core/atomic_file.h"
#include "medcl/core/child_process.h"
#include "medcl/core/draft.h"
#include "medcl/core/packed_bytes.h"
#include "medcl/image/itk_io.h"

namespace medcl {
namespace {

constexpr std::uint64_t kBaseBytes = std::uint64_t{512} << 20;
constexpr std::uint64_t kBytesPerVoxel = 24;  // as read (8), as float, compressed, and spare
constexpr double kBaseSeconds = 60, kSecondsPerVoxel = 1e-6;

ChildLimits limits_for(std::int64_t voxels) {
  return {.memory_bytes = kBaseBytes + kBytesPerVoxel * static_cast<std::uint64_t>(voxels),
          .seconds = kBaseSeconds + kSecondsPerVoxel * static_cast<double>(voxels)};
}

/// Every field but the path.
void transfer(DicomSlice& slice, PackedBytes& packed) {
  packed(slice.series_uid);
  packed(slice.description);
  packed(slice.study_uid);
  packed(slice.size);
  for (std::string* text :
       {&slice.tags.pixel_spacing, &slice.tags.position, &slice.tags.orientation,
        &slice.tags.thickness, &slice.tags.slice_distance, &slice.tags.number}) {
    packed(*text);
  }
  packed(slice.position_mm);
  packed(slice.row_direction);
  packed(slice.column_direction);
  packed(slice.spacing_mm);
  packed(slice.components);
}

/// Empty when the file holds no image.
ChildOutput packed_header(const std::filesystem::path& path) {
  std::optional<DicomSlice> slice = itk_io::dicom_header(path);
  if (!slice) return {};
  PackedBytes packed;
  transfer(*slice, packed);
  return {packed.take(), {}};
}

std::optional<DicomSlice> unpacked_header(const std::filesystem::path& path, std::string bytes) {
  if (bytes.empty()) return std::nullopt;
  DicomSlice slice{.path = path};
  PackedBytes packed(std::move(bytes));
  transfer(slice, packed);
  return slice;
}

/// ITK's writers pass over what the disk refuses, so that a file may be cut and nothing is said.
void require_same(const std::filesystem::path& draft, ForeignFormat format,
                  const Geometry& geometry, std::span<const float> voxels) {
  const std::vector<std::uint8_t> bytes =
      read_file(draft, std::numeric_limits<std::uint64_t>::max());
  const ForeignHeader header = check_foreign_header(bytes, format, draft.string(), {});
  const Image image = itk_io::read(draft, header);
  const auto equal = [](float a, float b) { return a == b || (std::isnan(a) && std::isnan(b)); };
  const bool same =
      difference(image.geometry, geometry).empty() &&
      std::equal(voxels.begin(), voxels.end(), image.voxels.begin(), image.voxels.end(), equal);
  if (same) return;
  fail(ErrorCode::kIo, {.what = "the written file reads back differently",
                        .where = draft.string(),
                        .expected = {},
                        .found = {},
                        .remedy = "write .nii.gz"});
}

struct Removed {
  std::filesystem::path path;
  ~Removed() {
    std::error_code error;
    std::filesystem::remove(path, error);
  }
};

/// When a foreign writer failed: whether that was for want of room, which it does not say.
/// @throws Error(kOutOfResources), naming what was needed.
void require_room(const std::filesystem::path& path, std::size_t size_bytes) {
  constexpr std::size_t kPiece = std::size_t{1} << 20;
  const std::vector<std::uint8_t> zeros(kPiece);
  const Removed probe{draft_name(path)};
  const auto file = FileSystem::get().create(probe.path);
  for (std::size_t done = 0; done < size_bytes; done += kPiece) {
    file->append(std::span(zeros).first(std::min(kPiece, size_bytes - done)));
  }
  file->sync();
  file->close();
}

}  // namespace

bool itk_is_built_in() { return true; }

Image read_with_itk(const std::filesystem::path& path, const ForeignHeader& header) {
  Geometry geometry{.size = header.size};
  const auto read = [&] {
    Image image = itk_io::read(path, header);
    PackedBytes packed;
    packed(image.geometry.world_from_index);
    return ChildOutput{packed.take(), std::move(image.voxels)};
  };
  ChildOutput output = run_in_child(path.string(), read, limits_for(geometry.voxel_count()));
  check(static_cast<std::int64_t>(output.values.size()) == geometry.voxel_count(),
        "as many voxels as the header says");
  PackedBytes packed(std::move(output.text));
  packed(geometry.world_from_index);
  return {.geometry = geometry, .voxels = std::move(output.values)};
}

std::vector<float> read_picture_with_itk(const std::filesystem::path& path,
                                         const PictureHeader& header) {
  const std::int64_t pixels = Geometry{.size = header.size}.voxel_count();
  const auto read = [&] { return ChildOutput{{}, itk_io::picture(path, header)}; };
  std::vector<float> values =
      run_in_child(path.string(), read, limits_for(pixels * header.channels)).values;
  const auto count = static_cast<std::int64_t>(values.size());
  check(count > 0 && count % pixels == 0 && count / pixels <= 4, "as many pixels as it says");
  return values;
}

void write_with_itk(const std::filesystem::path& path, ForeignFormat format,
                    const Geometry& geometry, std::span<const float> voxels, NiftiType type) {
  const DraftFolder folder(path);
  const std::filesystem::path draft = folder.path() / ("draft" + path.extension().string());
  const auto write = [&] {
    itk_io::write(draft, format, geometry, voxels, type);
    require_same(draft, format, geometry, voxels);
    return ChildOutput{};
  };
  ChildLimits limits = limits_for(geometry.voxel_count());
  limits.writes_files = true;
  try {
    run_in_child(path.string(), write, limits);
  } catch (const Error&) {
    require_room(path, voxels.size_bytes());
    throw;
  }
  write_atomically(path, read_file(draft, std::numeric_limits<std::uint64_t>::max()));
}

std::vector<DicomHeaderResult> read_dicom_headers(const std::vector<std::filesystem::path>& paths) {
  std::vector<DicomHeaderResult> headers;
  for_each_in_child(
      paths.size(), [&](std::size_t file) { return packed_header(paths[file]); },
      [&](std::size_t file) { return paths[file].string(); },
      [&](std::size_t file, ChildResult result) {
        if (const auto* error = std::get_if<Error>(&result)) {
          headers.emplace_back(*error);
        } else {
          headers.emplace_back(
              unpacked_header(paths[file], std::get<ChildOutput>(std::move(result)).text));
        }
      });
  return headers;
}

void read_dicom_pixels(const std::vector<DicomSlice>& slices,
                       const std::function<void(const std::vector<float>&)>& take) {
  for_each_in_child(
      slices.size(),
      [&](std::size_t slice) {
        return ChildOutput{{}, itk_io::dicom_pixels(slices[slice])};
      },
      [&](std::size_t slice) { return slices[slice].path.string(); },
      [&](std::size_t, ChildResult result) {
        if (const auto* error = std::get_if<Error>(&result)) throw *error;
        take(std::get<ChildOutput>(std::move(result)).values);
      });
}

}  // namespace medcl

#else

namespace medcl {
namespace {

[[noreturn]] void no_itk(const std::filesystem::path& path) {
  fail(ErrorCode::kIo, {.what = "this program was built without ITK (-DMEDCL_ITK=OFF)",
                        .where = path.string(),
                        .expected = "NIfTI",
                        .found = "NRRD, MetaImage, DICOM or a picture",
                        .remedy = "convert the file to .nii.gz or build with ITK"});
}

}  // namespace

bool itk_is_built_in() { return false; }
Image read_with_itk(const std::filesystem::path& path, const ForeignHeader&) { no_itk(path); }
std::vector<float> read_picture_with_itk(const std::filesystem::path& path, const PictureHeader&) {
  no_itk(path);
}
void write_with_itk(const std::filesystem::path& path, ForeignFormat, const Geometry&,
                    std::span<const float>, NiftiType) {
  no_itk(path);
}
std::vector<DicomHeaderResult> read_dicom_headers(const std::vector<std::filesystem::path>& paths) {
  if (paths.empty()) return {};
  no_itk(paths.front());
}
void read_dicom_pixels(const std::vector<DicomSlice>& slices,
                       const std::function<void(const std::vector<float>&)>&) {
  if (!slices.empty()) no_itk(slices.front().path);
}

}  // namespace medcl

#endif
