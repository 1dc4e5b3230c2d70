// SPDX-License-Identifier: Apache-2.0
#include "medcl/image/itk_io.h"

#ifdef MEDCL_HAS_ITK

#include <gdcmTrace.h>
#include <itkGDCMImageIO.h>
#include <itkJPEGImageIO.h>
#include <itkMetaDataObject.h>
#include <itkMetaImageIO.h>
#include <itkNrrdImageIO.h>
#include <itkPNGImageIO.h>
#include <itkTIFFImageIO.h>

#include <cmath>
#include <cstring>
#include <regex>

#include "medcl/core/error.h"
#include "medcl/core/input_file.h"
#include "medcl/image/dicom_plane.h"

namespace medcl::itk_io {
namespace {

using IO = itk::ImageIOBase;

/// ITK and GDCM print to stderr by default.
void silence() {
  itk::Object::GlobalWarningDisplayOff();
  gdcm::Trace::DebugOff();
  gdcm::Trace::WarningOff();
  gdcm::Trace::ErrorOff();
}

/// Without what only a developer of ITK reads: addresses of objects, the names of classes, the last
/// error of the system, which is "Success".
std::string plain_text(const std::string& text) {
  static const std::regex kNoise(
      R"(ITK ERROR: |[A-Za-z0-9_:]+\(0x[0-9a-fA-F]+\): |\(?0x[0-9a-fA-F]{6,}\)?|Reason: Success|\s+)");
  std::string plain = std::regex_replace(text, kNoise, " ");
  plain = std::regex_replace(plain, std::regex(" +"), " ");
  const std::size_t first = plain.find_first_not_of(' ');
  if (first == std::string::npos) return "no reason";
  return plain.substr(first, plain.find_last_not_of(" .") - first + 1);
}

[[noreturn]] void refuse(const std::filesystem::path& path, const std::string& text) {
  fail(ErrorCode::kIo, {.what = "ITK cannot read or write it",
                        .where = path.string(),
                        .expected = {},
                        .found = plain_text(text),
                        .remedy = "if the file is sound, convert it to NIfTI with another tool"});
}

/// Runs `work`; everything that ITK or GDCM throws becomes Error(kIo) naming the file.
template <typename Work>
auto guarded(const std::filesystem::path& path, const Work& work) {
  silence();
  try {
    return work();
  } catch (const Error&) {
    throw;
  } catch (const std::bad_alloc&) {
    fail(ErrorCode::kOutOfResources, {.what = "not enough memory", .where = path.string()});
  } catch (const itk::ExceptionObject& error) {
    refuse(path, error.GetDescription());
  } catch (const std::exception& error) {
    refuse(path, error.what());
  }
}

IO::Pointer make_io(ForeignFormat format) {
  if (format == ForeignFormat::kNrrd) {
    return itk::NrrdImageIO::New().GetPointer();
  }
  return itk::MetaImageIO::New().GetPointer();
}

IO::Pointer make_io(PictureFormat format) {
  switch (format) {
    case PictureFormat::kPng:
      return itk::PNGImageIO::New().GetPointer();
    case PictureFormat::kTiff:
      return itk::TIFFImageIO::New().GetPointer();
    case PictureFormat::kJpeg:
      break;
  }
  return itk::JPEGImageIO::New().GetPointer();
}

Size3 size_of(const IO& io) {
  Size3 size{1, 1, 1};
  for (unsigned axis = 0; axis < std::min(io.GetNumberOfDimensions(), 3U); ++axis) {
    size[axis] = static_cast<std::int64_t>(io.GetDimensions(axis));
  }
  return size;
}

/// Unit vector of an axis, RAS.
Point3 direction_of(const IO& io, unsigned axis) {
  Point3 direction{0, 0, 0};
  if (axis >= io.GetNumberOfDimensions()) {
    direction[axis] = 1;
    return direction;
  }
  const std::vector<double> lps = io.GetDirection(axis);
  for (std::size_t row = 0; row < std::min<std::size_t>(lps.size(), 3); ++row) {
    direction[row] = row < 2 ? -lps[row] : lps[row];
  }
  return direction;
}

Point3 origin_of(const IO& io) {
  Point3 origin{0, 0, 0};
  for (unsigned axis = 0; axis < std::min(io.GetNumberOfDimensions(), 3U); ++axis) {
    origin[axis] = axis < 2 ? -io.GetOrigin(axis) : io.GetOrigin(axis);
  }
  return origin;
}

Geometry geometry_of_io(const IO& io) {
  Geometry geometry{.size = size_of(io)};
  const Point3 origin = origin_of(io);
  for (unsigned axis = 0; axis < 3; ++axis) {
    const Point3 direction = direction_of(io, axis);
    const double spacing = axis < io.GetNumberOfDimensions() ? io.GetSpacing(axis) : 1;
    for (std::size_t row = 0; row < 3; ++row) {
      geometry.world_from_index[row][axis] = direction[row] * spacing;
    }
    geometry.world_from_index[axis][3] = origin[axis];
  }
  return geometry;
}

void check_geometry(const Geometry& geometry, const std::filesystem::path& path) {
  bool finite = true;
  for (const auto& row : geometry.world_from_index) {
    for (const double value : row) {
      finite = finite && std::isfinite(value);
    }
  }
  if (!finite) {
    fail(ErrorCode::kIo, {.what = "positions are not finite", .where = path.string()});
  }
  try {
    static_cast<void>(inverse(geometry.world_from_index));
  } catch (const Error&) {
    fail(ErrorCode::kIo, {.what = "spacing or direction is degenerate", .where = path.string()});
  }
}

template <typename T>
std::vector<float> converted(const std::vector<char>& buffer) {
  std::vector<float> voxels(buffer.size() / sizeof(T));
  for (std::size_t voxel = 0; voxel < voxels.size(); ++voxel) {
    T value;
    std::memcpy(&value, buffer.data() + voxel * sizeof(T), sizeof(T));
    voxels[voxel] = static_cast<float>(value);
  }
  return voxels;
}

std::vector<float> to_floats(const std::vector<char>& buffer, IO::IOComponentEnum type,
                             const std::filesystem::path& path) {
  switch (type) {
    case IO::IOComponentEnum::UCHAR:
      return converted<unsigned char>(buffer);
    case IO::IOComponentEnum::CHAR:
      return converted<signed char>(buffer);
    case IO::IOComponentEnum::USHORT:
      return converted<unsigned short>(buffer);
    case IO::IOComponentEnum::SHORT:
      return converted<short>(buffer);
    case IO::IOComponentEnum::UINT:
      return converted<unsigned int>(buffer);
    case IO::IOComponentEnum::INT:
      return converted<int>(buffer);
    case IO::IOComponentEnum::ULONG:
      return converted<unsigned long>(buffer);
    case IO::IOComponentEnum::LONG:
      return converted<long>(buffer);
    case IO::IOComponentEnum::ULONGLONG:
      return converted<unsigned long long>(buffer);
    case IO::IOComponentEnum::LONGLONG:
      return converted<long long>(buffer);
    case IO::IOComponentEnum::FLOAT:
      return converted<float>(buffer);
    case IO::IOComponentEnum::DOUBLE:
      return converted<double>(buffer);
    default:
      break;
  }
  fail(ErrorCode::kIo, {.what = "pixel type is not supported", .where = path.string()});
}

/// All pixels of an IO object whose information has been read.
std::vector<float> read_pixels(IO& io, const std::filesystem::path& path) {
  itk::ImageIORegion region(io.GetNumberOfDimensions());
  for (unsigned axis = 0; axis < io.GetNumberOfDimensions(); ++axis) {
    region.SetIndex(axis, 0);
    region.SetSize(axis, io.GetDimensions(axis));
  }
  io.SetIORegion(region);
  std::vector<char> buffer(static_cast<std::size_t>(io.GetImageSizeInBytes()));
  io.Read(buffer.data());
  return to_floats(buffer, io.GetComponentType(), path);
}

template <typename T>
std::vector<char> packed(std::span<const float> voxels, IO& io, IO::IOComponentEnum type) {
  io.SetComponentType(type);
  std::vector<char> buffer(voxels.size() * sizeof(T));
  for (std::size_t voxel = 0; voxel < voxels.size(); ++voxel) {
    const T value = static_cast<T>(voxels[voxel]);
    check(static_cast<float>(value) == voxels[voxel], "value does not fit the pixel type");
    std::memcpy(buffer.data() + voxel * sizeof(T), &value, sizeof(T));
  }
  return buffer;
}

std::vector<char> pack(std::span<const float> voxels, NiftiType type, IO& io) {
  switch (type) {
    case NiftiType::kUint8:
      return packed<unsigned char>(voxels, io, IO::IOComponentEnum::UCHAR);
    case NiftiType::kUint16:
      return packed<unsigned short>(voxels, io, IO::IOComponentEnum::USHORT);
    case NiftiType::kInt32:
      return packed<int>(voxels, io, IO::IOComponentEnum::INT);
    default:
      break;
  }
  io.SetComponentType(IO::IOComponentEnum::FLOAT);
  const auto* bytes = reinterpret_cast<const char*>(voxels.data());
  return {bytes, bytes + voxels.size_bytes()};
}

void set_geometry(IO& io, const Geometry& geometry) {
  const Point3 spacing = geometry.spacing_mm();
  const Affine& affine = geometry.world_from_index;
  io.SetNumberOfDimensions(3);
  for (unsigned axis = 0; axis < 3; ++axis) {
    io.SetDimensions(axis, static_cast<itk::SizeValueType>(geometry.size[axis]));
    io.SetSpacing(axis, spacing[axis]);
    io.SetOrigin(axis, axis < 2 ? -affine[axis][3] : affine[axis][3]);
    io.SetDirection(axis, std::vector<double>{-affine[0][axis] / spacing[axis],
                                              -affine[1][axis] / spacing[axis],
                                              affine[2][axis] / spacing[axis]});
  }
}

std::string tag(const IO& io, const char* name) {
  std::string value;
  itk::ExposeMetaData<std::string>(io.GetMetaDataDictionary(), name, value);
  while (!value.empty() && (value.back() == ' ' || value.back() == '\0')) {
    value.pop_back();
  }
  return value;
}

/// Enhanced MR, CT and PET images (PS3.4, B.5).
bool is_enhanced(const std::string& sop_class) {
  const std::string kStorage = "1.2.840.10008.5.1.4.1.1.";
  return sop_class == kStorage + "4.1" || sop_class == kStorage + "2.1" ||
         sop_class == kStorage + "130";
}

void place_by_gdcm(DicomSlice& slice, const IO& io) {
  const Geometry geometry = geometry_of_io(io);
  check_geometry(geometry, slice.path);
  slice.position_mm = origin_of(io);
  slice.row_direction = direction_of(io, 0);
  slice.column_direction = direction_of(io, 1);
  slice.spacing_mm = geometry.spacing_mm();
}

itk::GDCMImageIO::Pointer open_dicom(const std::filesystem::path& path) {
  auto io = itk::GDCMImageIO::New();
  io->SetFileName(path.string());
  io->LoadPrivateTagsOff();
  return io;
}

}  // namespace

Image read(const std::filesystem::path& path, const ForeignHeader& header) {
  return guarded(path, [&] {
    check_input_file(path);
    const IO::Pointer io = make_io(header.format);
    io->SetFileName(path.string());
    io->ReadImageInformation();
    if (io->GetNumberOfComponents() != 1 || size_of(*io) != header.size) {
      fail(ErrorCode::kIo, {.what = "the header can be read in two ways", .where = path.string()});
    }
    Image image{.geometry = geometry_of_io(*io), .voxels = {}};
    check_geometry(image.geometry, path);
    image.voxels = read_pixels(*io, path);
    return image;
  });
}

std::vector<float> picture(const std::filesystem::path& path, const PictureHeader& header) {
  return guarded(path, [&] {
    check_input_file(path);
    const IO::Pointer io = make_io(header.format);
    io->SetFileName(path.string());
    io->ReadImageInformation();
    if (size_of(*io) != header.size || io->GetNumberOfComponents() > 4) {
      fail(ErrorCode::kIo, {.what = "the header can be read in two ways", .where = path.string()});
    }
    return read_pixels(*io, path);
  });
}

void write(const std::filesystem::path& path, ForeignFormat format, const Geometry& geometry,
           std::span<const float> voxels, NiftiType type) {
  guarded(path, [&] {
    const IO::Pointer io = make_io(format);
    io->SetFileName(path.string());
    set_geometry(*io, geometry);
    io->SetNumberOfComponents(1);
    io->SetPixelType(itk::CommonEnums::IOPixel::SCALAR);
    io->UseCompressionOn();
    const std::vector<char> buffer = pack(voxels, type, *io);
    itk::ImageIORegion region(3);
    for (unsigned axis = 0; axis < 3; ++axis) {
      region.SetSize(axis, io->GetDimensions(axis));
    }
    io->SetIORegion(region);
    io->WriteImageInformation();
    io->Write(buffer.data());
  });
}

std::optional<DicomSlice> dicom_header(const std::filesystem::path& path) {
  return guarded(path, [&]() -> std::optional<DicomSlice> {
    check_input_file(path);
    const auto io = open_dicom(path);
    if (!io->CanReadFile(path.string().c_str())) {
      return std::nullopt;
    }
    io->ReadImageInformation();
    DicomSlice slice{.path = path,
                     .series_uid = tag(*io, "0020|000e"),
                     .description = tag(*io, "0008|103e"),
                     .study_uid = tag(*io, "0020|000d"),
                     .size = size_of(*io),
                     .tags = {.pixel_spacing = tag(*io, "0028|0030"),
                              .position = tag(*io, "0020|0032"),
                              .orientation = tag(*io, "0020|0037"),
                              .thickness = tag(*io, "0018|0050"),
                              .slice_distance = tag(*io, "0018|0088"),
                              .number = tag(*io, "0020|0013")},
                     .components = static_cast<int>(io->GetNumberOfComponents())};
    // GDCM puts 1 mm and the identity where the tags say nothing. Only of enhanced images, whose
    // tags lie inside sequences, its numbers are taken.
    is_enhanced(tag(*io, "0008|0016")) ? place_by_gdcm(slice, *io) : place_by_tags(slice);
    return slice;
  });
}

std::vector<float> dicom_pixels(const DicomSlice& slice) {
  return guarded(slice.path, [&] {
    check_input_file(slice.path);
    const auto io = open_dicom(slice.path);
    io->ReadImageInformation();
    if (size_of(*io) != slice.size || io->GetNumberOfComponents() != 1) {
      fail(ErrorCode::kIo, {.what = "the file has changed", .where = slice.path.string()});
    }
    return read_pixels(*io, slice.path);
  });
}

}  // namespace medcl::itk_io

#endif
