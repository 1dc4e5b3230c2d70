// SPDX-License-Identifier: Apache-2.0
#include "medcl/image/volume_io.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "medcl/core/error.h"
#include "medcl/core/file_system.h"
#include "medcl/core/input_file.h"
#include "medcl/format/nifti_pieces.h"
#include "medcl/image/axis_length.h"
#include "medcl/image/class_labels.h"
#include "medcl/image/dicom_file.h"
#include "medcl/image/itk_bridge.h"
#include "medcl/image/label_collector.h"
#include "medcl/image/picture.h"
#include "medcl/image/read_foreign.h"

namespace medcl {
namespace {

enum class Kind { kNifti, kNrrd, kMeta, kPicture, kDicomFile, kFolder };

Kind kind_of(const std::filesystem::path& path) {
  if (is_folder(path)) {
    return Kind::kFolder;
  }
  const std::vector<std::uint8_t> bytes = read_file_start(path, 256);
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (text.starts_with("NRRD0")) {
    return Kind::kNrrd;
  }
  if (text.starts_with("ObjectType") || text.starts_with("NDims") || text.starts_with("Comment")) {
    return Kind::kMeta;
  }
  if (looks_like_dicom(bytes) || looks_like_bare_dicom(bytes)) {
    return Kind::kDicomFile;
  }
  return picture_format_of(bytes) ? Kind::kPicture : Kind::kNifti;
}

void throw_first_error(const Findings& findings) {
  for (const Finding& finding : findings) {
    if (finding.severity == Severity::kError) {
      fail(ErrorCode::kInvalidData, finding.problem);
    }
  }
}

std::int64_t channel_count(const NiftiHeader& header, const std::string& name) {
  for (std::int64_t axis = 5; axis <= std::min<std::int64_t>(header.dim[0], 7); ++axis) {
    if (header.dim[static_cast<std::size_t>(axis)] > 1) {
      fail(ErrorCode::kInvalidData,
           {.what = "image has more than four dimensions",
            .where = name,
            .expected = "dim[" + std::to_string(axis) + "] = 1",
            .found = std::to_string(header.dim[static_cast<std::size_t>(axis)]),
            .remedy = {}});
    }
  }
  return header.dim[0] >= 4 ? header.dim[4] : 1;
}

std::uint64_t voxel_count(const NiftiHeader& header) {
  std::uint64_t count = 1;
  for (std::int64_t axis = 1; axis <= header.dim[0]; ++axis) {
    count *= static_cast<std::uint64_t>(header.dim[static_cast<std::size_t>(axis)]);
  }
  return count;
}

/// Puts the given voxel size where the header says none. True where it did.
bool complete_spacing(NiftiHeader& header, const ReadOptions& options) {
  bool completed = false;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    double& spacing = header.pixdim[axis + 1];
    if (spacing != 0 || !options.spacing_mm) continue;
    spacing = (*options.spacing_mm)[axis] / unit_mm(header);
    completed = true;
  }
  return completed;
}

/// The geometry of a header in which complete_spacing may have put sizes; sets `completed` where a
/// thickness was given too.
Geometry completed_geometry(const NiftiHeader& header, const std::filesystem::path& path,
                            const ReadOptions& options, Findings& findings, bool& completed) {
  Geometry geometry = geometry_of(header, path.string(), options.assume, findings);
  throw_first_error(findings);
  const bool says_thickness = header.dim[0] != 2 || header.sform_code > 0;
  if (says_thickness) return geometry;
  complete_thickness(geometry, path, options, findings);
  completed |= options.spacing_mm.has_value();
  return geometry;
}

/// With a voxel size that was given, the header of the file is not fit to be written again.
SourceHeader source_of(const std::filesystem::path& path, const NiftiHeader& header,
                       const Geometry& geometry, bool completed) {
  return {.path = path,
          .nifti = completed ? *make_source_header(geometry).nifti : header,
          .spacing_was_given = completed};
}

std::vector<Loaded<float>> read_nifti_channels(const std::filesystem::path& path,
                                               const ReadOptions& options) {
  NiftiImage file;
  file.header = read_nifti_pieces(
      path, options.limits,
      [&file](const NiftiHeader& header, std::span<const float> piece) {
        file.voxels.reserve(voxel_count(header));
        file.voxels.insert(file.voxels.end(), piece.begin(), piece.end());
      },
      options.spacing_mm.has_value());
  bool completed = complete_spacing(file.header, options);
  Loaded<float> first;
  const auto channels = static_cast<std::size_t>(channel_count(file.header, path.string()));
  first.volume.geometry = completed_geometry(file.header, path, options, first.findings, completed);
  first.source = source_of(path, file.header, first.volume.geometry, completed);
  const auto voxels = static_cast<std::size_t>(first.volume.geometry.voxel_count());
  check(file.voxels.size() == voxels * channels, "NIfTI voxels do not fit the header");
  if (channels == 1) {
    first.volume.voxels = std::move(file.voxels);
    std::vector<Loaded<float>> one;
    one.push_back(std::move(first));  // a list in braces would be copied
    return one;
  }
  std::vector<Loaded<float>> all(channels, first);
  for (std::size_t channel = 0; channel < channels; ++channel) {
    const auto begin = file.voxels.begin() + static_cast<std::ptrdiff_t>(channel * voxels);
    all[channel].volume.voxels.assign(begin, begin + static_cast<std::ptrdiff_t>(voxels));
  }
  return all;
}

NiftiHeader header_for(const Size3& size, const SourceHeader& like, const Geometry& geometry) {
  NiftiHeader header = like.nifti ? *like.nifti : *make_source_header(geometry).nifti;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const std::int64_t extent =
        header.dim[0] > static_cast<std::int64_t>(axis) ? header.dim[axis + 1] : 1;
    check(extent == size[axis], "written volume has another size than its source");
  }
  if (header.dim[0] > 3) {
    header.dim = {3, size[0], size[1], size[2], 1, 1, 1, 1};
  }
  return header;
}

void write_volume(const std::filesystem::path& path, const Geometry& geometry,
                  const NiftiVoxelSource& source, NiftiType type, const SourceHeader& like) {
  const std::string ending = writable_ending(path);
  if (ending == ".nii" || ending == ".nii.gz") {
    write_nifti(path, header_for(geometry.size, like, geometry), source, type);
    return;
  }
  std::vector<float> voxels(static_cast<std::size_t>(geometry.voxel_count()));
  source(0, voxels);
  write_with_itk(path, ending == ".nrrd" ? ForeignFormat::kNrrd : ForeignFormat::kMeta, geometry,
                 voxels, type);
}

template <typename T, typename Convert>
NiftiVoxelSource source_of(const Grid<T>& grid, Convert convert) {
  check(static_cast<std::int64_t>(grid.voxels.size()) == grid.geometry.voxel_count(),
        "written volume has another size than its geometry");
  return [&grid, convert](std::uint64_t first, std::span<float> piece) {
    const auto begin = grid.voxels.begin() + static_cast<std::ptrdiff_t>(first);
    std::transform(begin, begin + static_cast<std::ptrdiff_t>(piece.size()), piece.begin(),
                   convert);
  };
}

NiftiType type_for_labels(std::int32_t smallest, std::int32_t largest) {
  check(smallest >= -(1 << 24) && largest <= (1 << 24), "label value beyond 2^24");
  return smallest < 0 || largest > 65535 ? NiftiType::kInt32
         : largest > 255                 ? NiftiType::kUint16
                                         : NiftiType::kUint8;
}

[[noreturn]] void refuse_channels(const std::filesystem::path& path, std::int64_t channels) {
  fail(ErrorCode::kInvalidData, {.what = "image has four dimensions",
                                 .where = path.string(),
                                 .expected = "one volume",
                                 .found = std::to_string(channels) + " volumes",
                                 .remedy = "read its channels (read_channels) or split the file"});
}

[[noreturn]] void refuse_colours(const std::filesystem::path& path) {
  fail(ErrorCode::kInvalidData,
       {.what = "a picture in colours",
        .where = path.string(),
        .expected = "one value for each pixel",
        .found = "red, green and blue that differ",
        .remedy = "export labels as grey values 0, 1, 2 ... (\"label map\" or \"index mask\"), not "
                  "as an overlay in colours"});
}

Loaded<std::int32_t> read_nifti_labels(const std::filesystem::path& path,
                                       const ReadOptions& options, LabelCollector& collector) {
  Loaded<std::int32_t> labels;
  NiftiHeader header = read_nifti_pieces(
      path, options.limits,
      [&](const NiftiHeader& known, std::span<const float> piece) {
        collector.add(piece, voxel_count(known));
      },
      options.spacing_mm.has_value());
  const std::int64_t channels = channel_count(header, path.string());
  if (channels != 1) {
    refuse_channels(path, channels);
  }
  bool completed = complete_spacing(header, options);
  labels.volume.geometry = completed_geometry(header, path, options, labels.findings, completed);
  labels.source = source_of(path, header, labels.volume.geometry, completed);
  return labels;
}

/// Of a mask in colours their values (colours_as_values).
Loaded<float> read_label_image(const std::filesystem::path& path, const ReadOptions& options) {
  if (kind_of(path) != Kind::kPicture) return read_image(path, options);
  std::vector<Loaded<float>> channels = read_channels(path, options);
  if (!merge_equal_channels(channels)) {
    channels.front().volume.voxels = colours_as_values(channels);
  }
  return std::move(channels.front());
}

}  // namespace

Loaded<float> read_image(const std::filesystem::path& path, const ReadOptions& options) {
  std::vector<Loaded<float>> channels = read_channels(path, options);
  if (channels.size() != 1 && kind_of(path) == Kind::kPicture && !merge_equal_channels(channels)) {
    refuse_colours(path);
  }
  if (channels.size() != 1) {
    refuse_channels(path, static_cast<std::int64_t>(channels.size()));
  }
  return std::move(channels.front());
}

std::vector<Loaded<float>> read_channels(const std::filesystem::path& path,
                                         const ReadOptions& options) {
  std::vector<Loaded<float>> channels;
  switch (kind_of(path)) {
    case Kind::kNifti:
      return read_nifti_channels(path, options);
    case Kind::kNrrd:
      channels.push_back(read_foreign(path, ForeignFormat::kNrrd, options));
      break;
    case Kind::kMeta:
      channels.push_back(read_foreign(path, ForeignFormat::kMeta, options));
      break;
    case Kind::kPicture:
      return read_picture(path, *picture_format_of(read_file_start(path, 16)), options);
    case Kind::kDicomFile:
      channels.push_back(
          read_dicom_series({.uid = {}, .description = {}, .files = {path}, .plane = {}}, options));
      break;
    case Kind::kFolder:
      channels.push_back(read_dicom_folder(path, options));
      break;
  }
  return channels;
}

Geometry read_geometry(const std::filesystem::path& path, const ReadOptions& options) {
  if (kind_of(path) != Kind::kNifti) return read_channels(path, options).front().volume.geometry;
  Findings findings;
  bool completed = false;
  return completed_geometry(read_nifti_header(path), path, options, findings, completed);
}

Loaded<std::int32_t> read_labels(const std::filesystem::path& path, const ReadOptions& options,
                                 double label_tolerance) {
  LabelCollector collector(label_tolerance);
  Loaded<std::int32_t> labels;
  if (kind_of(path) == Kind::kNifti) {
    labels = read_nifti_labels(path, options, collector);
  } else {
    require_exact_picture(path, options);
    Loaded<float> image = read_label_image(path, options);
    labels.volume.geometry = image.volume.geometry;
    labels.source = std::move(image.source);
    labels.findings = std::move(image.findings);
    collector.add(image.volume.voxels, image.volume.voxels.size());
  }
  labels.volume.voxels = collector.finish(path, labels.findings);
  return labels;
}

void write_labels(const std::filesystem::path& path, const Labels& labels,
                  const SourceHeader& like) {
  const auto [low, high] = std::minmax_element(labels.voxels.begin(), labels.voxels.end());
  const bool empty = labels.voxels.empty();
  const NiftiType type = type_for_labels(empty ? 0 : *low, empty ? 0 : *high);
  write_volume(path, labels.geometry,
               source_of(labels, [](std::int32_t label) { return static_cast<float>(label); }),
               type, like);
}

void write_labels(const std::filesystem::path& path, const Grid<std::uint8_t>& class_indices,
                  std::span<const std::int32_t> values, const SourceHeader& like) {
  std::array<bool, 256> used{};
  for (const std::uint8_t index : class_indices.voxels) {
    used[index] = true;
  }
  std::int32_t smallest = 0, largest = 0;
  std::array<float, 256> value_of_class{};
  for (std::size_t index = 0; index < used.size(); ++index) {
    if (used[index]) {
      check(index < values.size(), "written class without a label value");
      smallest = std::min(smallest, values[index]);
      largest = std::max(largest, values[index]);
      value_of_class[index] = static_cast<float>(values[index]);
    }
  }
  const auto convert = [&value_of_class](std::uint8_t index) { return value_of_class[index]; };
  write_volume(path, class_indices.geometry, source_of(class_indices, convert),
               type_for_labels(smallest, largest), like);
}

void write_image(const std::filesystem::path& path, const Image& image, const SourceHeader& like) {
  write_volume(path, image.geometry, source_of(image, [](float voxel) { return voxel; }),
               NiftiType::kFloat32, like);
}

bool is_image_path(const std::filesystem::path& path) {
  if (is_folder(path)) {
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(path, error)) {
      if (split_image_name(entry.path()).ending == ".dcm") {
        return true;
      }
    }
    return false;
  }
  return !split_image_name(path).ending.empty();
}

std::string writable_ending(const std::filesystem::path& path) {
  const std::string ending = split_image_name(path).ending;
  if (ending.empty() || ending == ".mhd" || ending == ".dcm") {
    fail(ErrorCode::kUsage, {.what = "cannot write this kind of file",
                             .where = path.string(),
                             .expected = ".nii, .nii.gz, .nrrd or .mha",
                             .found = path.extension().string(),
                             .remedy = {}});
  }
  return ending;
}

NameParts split_image_name(const std::filesystem::path& path) {
  const std::string name = path.filename().string();
  std::string lower = name;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (const std::string_view ending : {".nii", ".nii.gz", ".nrrd", ".mha", ".mhd", ".dcm"}) {
    if (lower.size() > ending.size() && lower.ends_with(ending)) {
      return {name.substr(0, name.size() - ending.size()), std::string(ending)};
    }
  }
  return {name, ""};
}

}  // namespace medcl
