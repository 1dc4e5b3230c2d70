// SPDX-License-Identifier: Apache-2.0
// Writes what people start from: loose images and labels of synthetic hearts, as a drawing program,
// a camera, 3D Slicer or a scanner leaves them. Arguments: the kind and the folder to fill.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <string>

#include "medcl/core/error.h"
#include "medcl/dataset/phantom.h"
#include "medcl/dataset/scribble.h"
#include "medcl/format/png.h"
#include "medcl/image/test_dicom.h"
#include "medcl/image/volume_io.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

constexpr std::int32_t kBackgroundDrawn = 4;

PhantomCase heart(std::uint32_t index, std::int64_t slices = 4) {
  PhantomOptions options;
  options.size = 32;
  options.spacing_mm = 6;
  options.slices = slices;
  return make_phantom(options, index);
}

void save(const fs::path& path, const Image& image) {
  fs::create_directories(path.parent_path());
  write_image(path, image, make_source_header(image.geometry));
}

void save(const fs::path& path, const Labels& labels) {
  fs::create_directories(path.parent_path());
  write_labels(path, labels, make_source_header(labels.geometry));
}

void replace(Labels& labels, const std::map<std::int32_t, std::int32_t>& values) {
  for (std::int32_t& value : labels.voxels) {
    const auto found = values.find(value);
    if (found != values.end()) value = found->second;
  }
}

/// Strokes as ITK-SNAP saves them: 0 where nobody drew, background drawn as 4.
Labels strokes(const Labels& dense, std::uint32_t index) {
  LabelMap map{{{"background", 0}, {"RV", 1}, {"MYO", 2}, {"LV", 3}}, 9};
  ScribbleOptions options;
  options.width_pixels = 1;
  options.background_gap_mm = 12;
  Labels labels = simulate_scribbles(dense, map, options, index, "phantom");
  replace(labels, {{0, kBackgroundDrawn}, {9, 0}});
  return labels;
}

void make_snap(const fs::path& folder) {
  for (std::uint32_t n = 0; n < 10; ++n) {
    const PhantomCase one = heart(n);
    const std::string name = "case" + std::to_string(10 + n);
    save(folder / (name + ".nii.gz"), one.image);
    save(folder / (name + "_seg.nii.gz"), strokes(one.dense, n));
  }
  std::ofstream(folder / "labels.txt")
      << "# ITK-SnAP Label Description File\n"
         "    0     0    0    0        0  0  0    \"Clear Label\"\n"
         "    1   255    0    0        1  1  1    \"RV\"\n"
         "    2     0  255    0        1  1  1    \"MYO\"\n"
         "    3     0    0  255        1  1  1    \"LV\"\n"
         "    4   255  255    0        1  1  1    \"Background\"\n";
}

void save_png(const fs::path& path, const Size3& size,
              const std::function<double(std::size_t)>& value) {
  Picture picture{size[0], size[1], 1, {}};
  for (std::size_t v = 0; v < static_cast<std::size_t>(size[0] * size[1]); ++v) {
    picture.pixels.push_back(static_cast<std::uint8_t>(std::clamp(value(v), 0.0, 255.0)));
  }
  const std::vector<std::uint8_t> bytes = encode_png(picture);
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
}

void make_png(const fs::path& folder) {
  for (std::uint32_t n = 0; n < 6; ++n) {
    const PhantomCase one = heart(n, 1);
    const double top = *std::max_element(one.image.voxels.begin(), one.image.voxels.end());
    const Size3& size = one.image.geometry.size;
    const std::string number = "00" + std::to_string(n + 1);
    save_png(folder / "images" / ("img_" + number + ".png"), size,
             [&](std::size_t v) { return 255 * one.image.voxels[v] / top; });
    save_png(folder / "masks" / ("mask_" + number + ".png"), size,
             [&](std::size_t v) { return one.dense.voxels[v] > 0 ? 255 : 0; });
  }
}

/// As 3D Slicer does: only the rows that hold something, and names in the header.
void save_segments(const fs::path& path, const Labels& labels) {
  const Size3& size = labels.geometry.size;
  const Affine& a = labels.geometry.world_from_index;
  constexpr std::int64_t kFirstRow = 2;
  std::ofstream file(path, std::ios::binary);
  file << "NRRD0004\ntype: unsigned char\ndimension: 3\nspace: right-anterior-superior\nsizes: "
       << size[0] << ' ' << size[1] - kFirstRow << ' ' << size[2] << "\nspace directions:";
  for (std::size_t axis = 0; axis < 3; ++axis) {
    file << " (" << a[0][axis] << ',' << a[1][axis] << ',' << a[2][axis] << ')';
  }
  const Point3 origin = medcl::apply(a, {0, kFirstRow, 0});
  file << "\nkinds: domain domain domain\nencoding: raw\nspace origin: (" << origin[0] << ','
       << origin[1] << ',' << origin[2] << ")\n";
  int number = 0;
  for (const char* name : {"RV", "MYO", "LV"}) {
    const std::string key = "Segment" + std::to_string(number++) + "_";
    file << key << "ID:=Segment_" << number << '\n' << key << "LabelValue:=" << number << '\n';
    file << key << "Layer:=0\n" << key << "Name:=" << name << '\n';
  }
  file << '\n';
  for (std::int64_t k = 0; k < size[2]; ++k) {
    for (std::int64_t v = kFirstRow * size[0]; v < size[0] * size[1]; ++v) {
      file.put(static_cast<char>(labels.slice(k)[static_cast<std::size_t>(v)]));
    }
  }
}

void make_slicer(const fs::path& folder) {
  for (std::uint32_t n = 0; n < 3; ++n) {
    const PhantomCase one = heart(n);
    const fs::path patient = folder / ("patient" + std::to_string(n + 1));
    save(patient / "volume.nrrd", one.image);
    save_segments(patient / "Segmentation.seg.nrrd", one.dense);
  }
}

void save_dicom(const fs::path& folder, const Image& image, const std::string& uid) {
  const Affine& a = image.geometry.world_from_index;
  const Point3 spacing = image.geometry.spacing_mm();
  fs::create_directories(folder);
  for (std::int64_t k = 0; k < image.geometry.size[2]; ++k) {
    testing::DicomText slice{.columns = image.geometry.size[0], .rows = image.geometry.size[1]};
    slice.position_mm = medcl::apply(a, {0, 0, static_cast<double>(k)});
    for (std::size_t row = 0; row < 3; ++row) {
      slice.row_direction[row] = a[row][0] / spacing[0];
      slice.column_direction[row] = a[row][1] / spacing[1];
    }
    slice.spacing_i_mm = spacing[0];
    slice.spacing_j_mm = spacing[1];
    slice.thickness_mm = spacing[2];
    slice.number = static_cast<int>(k) + 1;
    slice.series_uid = uid;
    for (const float voxel : image.slice(k)) {
      slice.pixels.push_back(static_cast<std::uint16_t>(voxel));
    }
    const std::vector<std::uint8_t> bytes = testing::dicom_bytes(slice);
    std::ofstream(folder / ("IM" + std::to_string(k + 1)), std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
  }
}

void make_dicom(const fs::path& folder) {
  for (std::uint32_t n = 0; n < 5; ++n) {
    const PhantomCase one = heart(n);
    const std::string patient = "P" + std::to_string(n + 1);
    const std::string uid = "1.2.826.0.1.3680043.10." + std::to_string(n + 1);
    const fs::path series = folder / "export" / patient / "T2";
    save_dicom(series, one.image, uid + ".1");
    save_dicom(folder / "export" / patient / "SCOUT", heart(n, 1).image, uid + ".2");
    if (n == 4) continue;  // nobody drew in the last one
    Labels labels = strokes(one.dense, n);
    labels.geometry = read_image(series).volume.geometry;
    save(folder / "drawn" / (patient + ".nii.gz"), labels);
  }
  std::ofstream(folder / "export" / "README.TXT") << "Export of somebody's archive\n";
}

void make_values(const fs::path& folder) {
  for (std::uint32_t n = 0; n < 5; ++n) {
    PhantomCase one = heart(n);
    replace(one.dense, {{1, 600}, {2, 200}, {3, 500}});
    const fs::path patient = folder / ("subject_" + std::to_string(n + 1));
    save(patient / "lge.nii.gz", one.image);
    save(patient / "labels.nii.gz", one.dense);
  }
}

void make_one(const fs::path& folder) {
  PhantomCase one = heart(3, 9);
  for (std::int64_t k = 0; k < one.dense.geometry.size[2]; ++k) {
    const auto slice = one.dense.slice(k);
    if (k % 3 != 1) std::fill(slice.begin(), slice.end(), 0);
  }
  save(folder / "heart.nii.gz", one.image);
  save(folder / "heart-label.nii.gz", one.dense);
}

const std::map<std::string, void (*)(const fs::path&)>& kinds() {
  static const std::map<std::string, void (*)(const fs::path&)> kKinds{
      {"itk-snap", make_snap}, {"png", make_png},       {"slicer", make_slicer},
      {"dicom", make_dicom},   {"values", make_values}, {"one-scan", make_one}};
  return kKinds;
}

}  // namespace
}  // namespace medcl

int main(int argc, char** argv) {
  const auto kind = argc == 3 ? medcl::kinds().find(argv[1]) : medcl::kinds().end();
  if (kind == medcl::kinds().end()) {
    std::fprintf(stderr, "make_loose itk-snap|png|slicer|dicom|values|one-scan FOLDER\n");
    return 2;
  }
  try {
    std::filesystem::create_directories(argv[2]);
    kind->second(argv[2]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "make_loose: %s\n", error.what());
    return 1;
  }
  return 0;
}
