// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <limits>

#include "medcl/core/error.h"
#include "medcl/core/file_system.h"
#include "medcl/dataset/import_job.h"
#include "medcl/format/hdf5.h"

// WSL4MIS (Luo et al. 2022): one HDF5 file per volume (z, y, x) or per slice (y, x) with the
// datasets image, label (dense) and scribble. No spacing is stored.

namespace medcl {
namespace {

namespace fs = std::filesystem;

constexpr int kLastTraining = 70, kLastValidation = 85;  // patients, as in ModelMix

struct Hdf5Case {
  SourceCase source;
  std::map<int, fs::path> slices;  ///< slice number -> file; one entry (-1) for a whole volume
};

std::string group_of(int patient) {
  return patient <= kLastTraining ? "train" : patient <= kLastValidation ? "val" : "test";
}

/// Volumes where there are volumes, else slices: both hold the same pixels.
std::vector<Hdf5Case> list_cases(const fs::path& source) {
  const std::regex pattern(R"((patient(\d{1,6})_frame\d{1,6})(?:_slice_(\d{1,6}))?\.h5)");
  std::map<std::string, Hdf5Case> cases;
  for (const fs::path& folder :
       {source, source / "ACDC_training_volumes", source / "ACDC_training_slices"}) {
    for (const fs::path& file : visible_files(folder)) {
      const std::string name = file.filename().string();
      std::smatch match;
      if (!std::regex_match(name, match, pattern)) continue;
      Hdf5Case& one = cases[match[1].str()];
      one.source.id = match[1].str();
      one.source.group = group_of(std::stoi(match[2].str()));
      one.source.labels = file;
      one.slices[match[3].matched ? std::stoi(match[3].str()) : -1] = file;
    }
  }
  std::vector<Hdf5Case> list;
  for (auto& [id, one] : cases) {
    const auto volume = one.slices.find(-1);
    if (volume != one.slices.end()) one.slices = {*volume};
    list.push_back(std::move(one));
  }
  if (list.empty()) {
    fail(ErrorCode::kInvalidData,
         {"no ACDC files", source.string(),
          "train/images (NIfTI) or patientNNN_frameNN.h5 / patientNNN_frameNN_slice_N.h5", "none",
          ""});
  }
  return list;
}

void require_complete(const Hdf5Case& one) {
  int expected = one.slices.begin()->first;
  for (const auto& [number, file] : one.slices) {
    if (number != expected) {
      fail(ErrorCode::kInvalidData, {"slice missing", one.source.id,
                                     "slice " + std::to_string(expected), file.string(), ""});
    }
    ++expected;
  }
}

/// Appends one file's dataset to `values`; all files of a case must have the same slice size.
void append(const fs::path& file, const std::string& name, Size3& size,
            std::vector<double>& values) {
  const Hdf5Array array = read_hdf5(file, name);
  const std::size_t rank = array.shape.size();
  if (rank != 2 && rank != 3) {
    fail(ErrorCode::kInvalidData,
         {"wrong rank", file.string() + ": " + name, "2 or 3 axes", std::to_string(rank), ""});
  }
  const std::int64_t width = array.shape[rank - 1], height = array.shape[rank - 2];
  if (size[2] > 0 && (size[0] != width || size[1] != height)) {
    fail(ErrorCode::kInvalidData, {"slices differ in size", file.string(), "", "", ""});
  }
  size = {width, height, size[2] + (rank == 3 ? array.shape[0] : 1)};
  values.insert(values.end(), array.values.begin(), array.values.end());
}

Geometry geometry_for(const Size3& size, const ImportOptions& options) {
  const auto spacing = options.spacing_mm.value_or(std::array<double, 3>{1, 1, 1});
  // Stored like DICOM: x to the left, y to the back.
  return {size, {{{-spacing[0], 0, 0, 0}, {0, -spacing[1], 0, 0}, {0, 0, spacing[2], 0}}}};
}

Image read_pixels(const Hdf5Case& one, const ImportOptions& options) {
  Size3 size{0, 0, 0};
  std::vector<double> values;
  for (const auto& entry : one.slices) append(entry.second, "image", size, values);
  Image image{geometry_for(size, options), {}};
  image.voxels.assign(values.begin(), values.end());
  return image;
}

/// Scribbles for training cases, dense masks for the others.
Labels read_annotation(const Hdf5Case& one, const Geometry& geometry) {
  Size3 size{0, 0, 0};
  std::vector<double> values;
  const char* name = one.source.group == "train" ? "scribble" : "label";
  for (const auto& entry : one.slices) append(entry.second, name, size, values);
  if (size != geometry.size) {
    fail(ErrorCode::kInvalidData,
         {"labels and image differ in size", one.source.labels->string(), "", "", ""});
  }
  Labels labels{geometry, {}};
  for (const double value : values) {
    if (!(std::abs(value) <= 255) || value != std::round(value)) {
      fail(ErrorCode::kInvalidData,
           {"label value is not a small integer", one.source.labels->string() + ": " + name,
            "0 to 4", std::to_string(value), ""});
    }
    labels.voxels.push_back(static_cast<std::int32_t>(value));
  }
  return labels;
}

void import_case(ImportJob& job, const Hdf5Case& one) {
  require_complete(one);
  const Image image = read_pixels(one, job.options);
  const SourceHeader header = make_source_header(image.geometry);
  const fs::path path = image_path(job.dataset, one.source.id, 0, one.source.is_test());
  FileSystem::get().create_folders(path.parent_path());
  write_image(path, image, header);
  import_labels(job, read_annotation(one, image.geometry), one.source, header);
}

}  // namespace

void import_acdc_hdf5(ImportJob& job) {
  const std::vector<Hdf5Case> cases = list_cases(job.source);
  if (!job.options.spacing_mm) {
    job.add_finding(
        Severity::kWarning, "no-spacing",
        {"these HDF5 files store no spacing; 1 x 1 x 1 mm is assumed", job.source.string(), "", "",
         "give --spacing, or import the NIfTI release instead"});
  }
  std::vector<SourceCase> sources;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    import_case(job, cases[i]);
    sources.push_back(cases[i].source);
    report_progress(job, i + 1, cases.size(), cases[i].source.id);
  }
  job.add_finding(Severity::kInfo, "split",
                  {"patients 1-70 are training cases with scribbles, 71-85 validation and 86-100 "
                   "test cases with dense labels",
                   job.source.string(), "", "", ""});
  enter_cases(job, sources);
  job.report.self_check = "no published counts to compare with";
}

}  // namespace medcl
