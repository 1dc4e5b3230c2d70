// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/import.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>

#include "medcl/core/test_paths.h"
#include "medcl/dataset/check.h"
#include "medcl/dataset/test_volumes.h"
#include "medcl/format/hdf5.h"
#include "medcl/image/test_support.h"

namespace medcl {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

Geometry other_geometry(const Size3& size) {
  return {size, {{{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}}}};
}

bool has_finding(const ImportReport& report, const std::string& id) {
  return std::any_of(report.findings.begin(), report.findings.end(),
                     [&](const Finding& one) { return one.id == id; });
}

void expect_nothing_left(const fs::path& folder) {
  EXPECT_TRUE(fs::is_empty(folder)) << "left behind: " << *fs::directory_iterator(folder);
}

void make_mscmr(const fs::path& source) {
  const Geometry geometry = small_geometry();
  for (const char* id : {"subject13", "subject2"}) {
    write_test_image(source / "train/images" / (std::string(id) + "_DE.nii.gz"), geometry, *id);
    write_test_labels(source / "train/labels" / (std::string(id) + "_DE_scribble.nii.gz"), geometry,
                      scribble_value);
  }
  write_test_image(source / "val/images/subject1_DE.nii.gz", geometry, 3);
  write_test_labels(source / "val/labels/subject1_DE_manual.nii.gz", other_geometry(geometry.size),
                    [](std::int64_t v) { return static_cast<std::int32_t>(v % 4); });
  write_test_image(source / "TestSet/images/subject3_DE.nii.gz", geometry, 4);
  write_test_labels(source / "TestSet/labels/subject3_DE_manual.nii.gz", geometry,
                    [](std::int64_t v) { return static_cast<std::int32_t>(v % 4); });
}

TEST(ImportMscmr, KeepsImagesByteForByteAndAlignsLabelsByIndex) {
  const TestFolder source, folder;
  make_mscmr(source.path());
  const fs::path target = folder / "out";
  const ImportReport report = import_dataset("mscmr", source.path(), target);
  const Dataset dataset = read_dataset(target);
  ASSERT_EQ(dataset.cases.size(), 3u);
  ASSERT_EQ(dataset.test_cases.size(), 1u);
  EXPECT_THAT(dataset.splits[0].train, ElementsAre("subject13", "subject2"));
  EXPECT_THAT(dataset.splits[0].validation, ElementsAre("subject1"));
  EXPECT_EQ(dataset.labels.to_json().dump(),
            R"({"background":0,"RV":1,"MYO":2,"LV":3,"ignore":4})");
  EXPECT_EQ(read_file(image_path(dataset, "subject2", 0)),
            read_file(source / "train/images/subject2_DE.nii.gz"));
  const auto labels = read_labels(label_path(dataset, "subject1"));
  EXPECT_EQ(difference(labels.volume.geometry, small_geometry()), "");
  EXPECT_EQ(labels.volume.voxels[7], 3);
  EXPECT_EQ(labels.source.nifti->datatype, NiftiType::kUint8);
  EXPECT_TRUE(has_finding(report, "label-geometry"));
  EXPECT_EQ(report.voxel_counts.at("train").at(4), 120);
  EXPECT_EQ(report.voxel_counts.at("test").at(3), 30);
  EXPECT_THAT(report.self_check, HasSubstr("differs from the published counts"));
  EXPECT_FALSE(has_errors(check_dataset(dataset)));
}

TEST(ImportMscmr, TakesArraysAsTheyAreStored) {
  const TestFolder source, folder;
  make_mscmr(source.path());
  import_dataset("mscmr", source.path(), folder / "out");
  EXPECT_EQ(read_dataset(folder / "out").orientation, "array");
}

TEST(Import, ReordersLabelsThatAreStoredInAnotherAxisOrder) {
  const TestFolder source;
  make_mscmr(source.path());
  const fs::path labels = source / "train/labels/subject2_DE_scribble.nii.gz";
  const Labels drawn = read_labels(labels).volume;
  for (const std::size_t n : {1U, 14U, 31U, 47U}) {
    const TestFolder folder;
    Labels stored = drawn;
    reorder(stored, testing::all_axis_orders()[n]);
    write_labels(labels, stored, make_source_header(stored.geometry));
    const ImportReport report = import_dataset("mscmr", source.path(), folder / "out");
    EXPECT_TRUE(has_finding(report, "label-axis-order"));
    const Labels found = read_labels(folder / "out/labelsTr/subject2.nii.gz").volume;
    EXPECT_EQ(found.voxels, drawn.voxels);
    EXPECT_EQ(difference(found.geometry, drawn.geometry), "");
  }
}

TEST(Import, LeavesNothingBehindWhenItFails) {
  const TestFolder source, folder;
  make_mscmr(source.path());
  write_test_labels(source / "val/labels/subject1_DE_manual.nii.gz", small_geometry(),
                    [](std::int64_t) { return 5; });
  const std::string message = message_of(
      ErrorCode::kInvalidData, [&] { import_dataset("mscmr", source.path(), folder / "out"); });
  EXPECT_THAT(message, HasSubstr("subject1_DE_manual.nii.gz"));
  expect_nothing_left(folder.path());
}

TEST(Import, RefusesTruncatedImages) {
  const TestFolder source, folder;
  make_mscmr(source.path());
  const fs::path image = source / "train/images/subject2_DE.nii.gz";
  fs::resize_file(image, fs::file_size(image) - 20);
  EXPECT_THAT(
      message_of(ErrorCode::kIo, [&] { import_dataset("mscmr", source.path(), folder / "out"); }),
      HasSubstr("subject2_DE.nii.gz"));
  expect_nothing_left(folder.path());
}

TEST(Import, WritesOnlyIntoNewOrEmptyFolders) {
  const TestFolder source, folder;
  make_mscmr(source.path());
  EXPECT_EQ(import_dataset("mscmr", source.path(), folder.path()).root, folder.path());
  EXPECT_TRUE(fs::exists(folder / "dataset.json"));
  message_of(ErrorCode::kUsage, [&] { import_dataset("mscmr", source.path(), folder.path()); });
  EXPECT_TRUE(fs::exists(folder / "dataset.json"));
}

TEST(Import, NamesTheKindsItKnows) {
  const TestFolder source, folder;
  const auto run = [&](const char* kind) {
    return [&, kind] { import_dataset(kind, source.path(), folder / "out"); };
  };
  EXPECT_THAT(message_of(ErrorCode::kUsage, run("mscrm")), HasSubstr("did you mean mscmr"));
  EXPECT_THAT(import_kinds(), ElementsAre("mscmr", "myops", "acdc", "msd", "nnunet1", "dicom"));
  for (const std::string& kind : import_kinds()) {
    if (kind == "dicom") continue;  // without ITK another error
    message_of(ErrorCode::kInvalidData, run(kind.c_str()));
  }
  message_of(ErrorCode::kIo, [&] { import_dataset("mscmr", source / "none", folder / "out"); });
  expect_nothing_left(folder.path());
}

TEST(ImportMscmr, AgreesWithThePublishedCounts) {
  const auto data = data_folder();
  if (!data || !fs::exists(*data / "mscmr")) GTEST_SKIP() << "no MSCMRseg at hand (MEDCL_DATA)";
  const TestFolder folder;
  const auto report = import_dataset("mscmr", *data / "mscmr", folder / "out");
  EXPECT_EQ(report.self_check, "equal to the published counts");
}

void make_myops(const fs::path& source, const std::vector<std::int32_t>& scribbles,
                const std::vector<std::int32_t>& dense) {
  const Geometry geometry = small_geometry();
  for (const auto& [group, id] : {std::pair("train", "m_102"), std::pair("val", "m_101")}) {
    const fs::path folder = source / group;
    for (const char* channel : {"C0", "LGE", "T2"}) {
      write_test_image(folder / "images" / (std::string(id) + "_" + channel + ".nii.gz"), geometry,
                       static_cast<std::uint64_t>(*channel));
    }
    const auto& values = std::string(group) == "train" ? scribbles : dense;
    Image labels{other_geometry(geometry.size), {}};
    for (std::size_t v = 0; v < 120; ++v) {
      labels.voxels.push_back(static_cast<float>(values[v % values.size()]) - 0.023F);
    }
    fs::create_directories(folder / "labels");
    write_image(folder / "labels" / (std::string(id) + "_gd.nii.gz"), labels,
                make_source_header(labels.geometry));
  }
}

TEST(ImportMyops, ZeroMeansUnannotatedInScribblesAndBackgroundInDenseMasks) {
  const TestFolder source, folder;
  make_myops(source.path(), {0, 3000, 200, 500, 1220, 2221}, {0, 600, 200, 500, 1220, 2221});
  const ImportReport report = import_dataset("myops", source.path(), folder / "out");
  const Dataset dataset = read_dataset(folder / "out");
  EXPECT_THAT(dataset.channel_names, ElementsAre("C0", "LGE", "T2"));
  EXPECT_EQ(read_file(image_path(dataset, "m_102", 2)),
            read_file(source / "train/images/m_102_T2.nii.gz"));
  const auto scribble = read_labels(label_path(dataset, "m_102")).volume;
  const auto dense = read_labels(label_path(dataset, "m_101")).volume;
  EXPECT_THAT(std::vector(scribble.voxels.begin(), scribble.voxels.begin() + 6),
              ElementsAre(5, 0, 1, 2, 3, 4));
  EXPECT_THAT(std::vector(dense.voxels.begin(), dense.voxels.begin() + 6),
              ElementsAre(0, 0, 1, 2, 3, 4));
  EXPECT_EQ(difference(scribble.geometry, small_geometry()), "");
  EXPECT_TRUE(has_finding(report, "labels-rounded"));
  EXPECT_TRUE(has_finding(report, "label-geometry"));
}

TEST(ImportMyops, RefusesToGuess) {
  for (const auto& [scribbles, found] :
       std::vector<std::pair<std::vector<std::int32_t>, std::string>>{
           {{0, 200, 500}, "neither"}, {{0, 3000, 600}, "both"}, {{0, 3000, 700}, "700"}}) {
    const TestFolder source, folder;
    make_myops(source.path(), scribbles, {0, 600, 200});
    const std::string message = message_of(
        ErrorCode::kInvalidData, [&] { import_dataset("myops", source.path(), folder / "out"); });
    EXPECT_THAT(message, HasSubstr("m_102_gd.nii.gz"));
    EXPECT_THAT(message, HasSubstr(found));
    expect_nothing_left(folder.path());
  }
}

TEST(ImportAcdc, ReadsTheNiftiLayout) {
  const TestFolder source, folder;
  const Geometry geometry = small_geometry();
  const auto manual = [](std::int64_t v) { return static_cast<std::int32_t>(v % 4); };
  write_test_image(source / "train/images/patient001_frame01.nii.gz", geometry, 1);
  write_test_labels(source / "train/labels/patient001_frame01_scribble.nii.gz",
                    other_geometry(geometry.size), scribble_value);
  for (const char* group : {"val", "TestSet"}) {
    const std::string id = *group == 'v' ? "patient071_frame01" : "patient086_frame08";
    write_test_image(source / group / "images" / (id + ".nii.gz"), geometry, 7 + *group);
    write_test_labels(source / group / "labels" / (id + "_gt.nii.gz"), geometry, manual);
    write_test_labels(source / group / "weak_labels" / (id + "_scribble.nii.gz"), geometry,
                      scribble_value);
  }
  const ImportReport report = import_dataset("acdc", source.path(), folder / "out");
  const Dataset dataset = read_dataset(folder / "out");
  EXPECT_THAT(dataset.splits[0].train, ElementsAre("patient001_frame01"));
  EXPECT_THAT(dataset.splits[0].validation, ElementsAre("patient071_frame01"));
  ASSERT_EQ(dataset.test_cases.size(), 1u);
  EXPECT_EQ(report.voxel_counts.at("val").count(4), 0u);  // dense, not the weak labels
  EXPECT_EQ(report.voxel_counts.at("train").at(4), 60);
  EXPECT_FALSE(has_errors(check_dataset(dataset)));
}

// testdata/acdc_hdf5: patient001_frame01.h5 is a volume of 2 x 3 x 4 (z, y, x) with image
// 0.01 * index, scribble index % 5, label index % 4; patient080_frame02_slice_{0,1}.h5 are slices
// of 3 x 4 with the same values, counted on in slice 1.
TEST(ImportAcdc, ReadsHdf5VolumesAndSlices) {
  if (!hdf5_available()) GTEST_SKIP() << "built without HDF5";
  const TestFolder folder;
  const fs::path source = fs::path(MEDCL_SOURCE_DIR) / "medcl/dataset/testdata/acdc_hdf5";
  ImportOptions options;
  options.spacing_mm = {1.5, 1.25, 10};
  const ImportReport report = import_dataset("acdc", source, folder / "out", options);
  EXPECT_FALSE(has_finding(report, "no-spacing"));
  const Dataset dataset = read_dataset(folder / "out");
  for (const char* id : {"patient001_frame01", "patient080_frame02"}) {
    const Image image = read_image(image_path(dataset, id, 0)).volume;
    EXPECT_EQ(image.geometry.size, (Size3{4, 3, 2}));
    EXPECT_THAT(image.geometry.spacing_mm(), ElementsAre(1.5, 1.25, 10));
    for (std::size_t v = 0; v < 24; ++v) {
      EXPECT_FLOAT_EQ(image.voxels[v], 0.01F * static_cast<float>(v));
    }
    const Labels labels = read_labels(label_path(dataset, id)).volume;
    const std::int32_t modulus = std::string(id) == "patient001_frame01" ? 5 : 4;
    for (std::int32_t v = 0; v < 24; ++v) {
      EXPECT_EQ(labels.voxels[static_cast<std::size_t>(v)], v % modulus);
    }
  }
  EXPECT_THAT(dataset.splits[0].validation, ElementsAre("patient080_frame02"));
  EXPECT_TRUE(has_finding(import_dataset("acdc", source, folder / "again"), "no-spacing"));
}

TEST(ImportMsd, SplitsChannelsAndReversesLabels) {
  const TestFolder source, folder;
  NiftiHeader header = *make_source_header(small_geometry()).nifti;
  header.dim = {4, 6, 5, 4, 2, 1, 1, 1};
  std::vector<float> voxels(240);
  for (std::size_t v = 0; v < 240; ++v) voxels[v] = static_cast<float>(v);
  fs::create_directories(source / "imagesTr");
  write_nifti(source / "imagesTr/p_01.nii.gz", header, voxels, NiftiType::kInt16);
  std::ofstream(source / "imagesTr/._p_01.nii.gz") << "not an image";
  write_test_labels(source / "labelsTr/p_01.nii.gz", small_geometry(),
                    [](std::int64_t v) { return static_cast<std::int32_t>(v % 2); });
  std::ofstream(source / "dataset.json") << R"({"name": "P", "modality": {"0": "T2", "1": "ADC"},
             "labels": {"0": "background", "1": "PZ", "2": "TZ"}})";
  import_dataset("msd", source.path(), folder / "out");
  const Dataset dataset = read_dataset(folder / "out");
  EXPECT_EQ(dataset.name, "P");
  EXPECT_EQ(dataset.labels.to_json().dump(), R"({"background":0,"PZ":1,"TZ":2})");
  EXPECT_THAT(dataset.channel_names, ElementsAre("T2", "ADC"));
  const Image adc = read_image(image_path(dataset, "p_01", 1)).volume;
  EXPECT_EQ(adc.voxels.front(), 120);
  EXPECT_EQ(difference(adc.geometry, small_geometry()), "");
}

TEST(ImportMsd, CarriesBrokenLabelsOverForCheckToFind) {
  const TestFolder source, folder;
  for (const char* id : {"a", "b"}) {
    const std::string name = std::string(id) + ".nii.gz";
    write_test_image(source / "imagesTr" / name, small_geometry(), static_cast<std::uint64_t>(*id));
    write_test_labels(source / "labelsTr" / name, small_geometry(),
                      [](std::int64_t v) { return static_cast<std::int32_t>(v % 3); });
  }
  const fs::path broken = source / "labelsTr/b.nii.gz";
  fs::resize_file(broken, fs::file_size(broken) / 2);
  const ImportReport report = import_dataset("msd", source.path(), folder / "out");
  EXPECT_TRUE(has_finding(report, "unreadable"));
  EXPECT_TRUE(has_finding(report, "no-description"));
  const Dataset dataset = read_dataset(folder / "out");
  EXPECT_EQ(dataset.labels.class_count(), 3);
  EXPECT_EQ(read_file(label_path(dataset, "b")), read_file(broken));
  EXPECT_TRUE(has_errors(check_dataset(dataset)));
}

/// Puts 0 for the distance of slices and for sform_code into the header of a NIfTI-1 file.
void drop_slice_distance(const fs::path& file) {
  constexpr std::ptrdiff_t kPixdim3 = 88, kSformCode = 254;
  std::vector<std::uint8_t> bytes = read_file(file);
  std::fill_n(bytes.begin() + kPixdim3, 4, std::uint8_t{0});
  std::fill_n(bytes.begin() + kSformCode, 2, std::uint8_t{0});
  std::ofstream(file, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
}

TEST(ImportMsd, AskedForTheSpacingThatTheFilesLackItTakesItForImagesAndLabels) {
  const TestFolder source, folder;
  write_test_image(source / "imagesTr/a.nii", small_geometry(), 1);
  write_test_labels(source / "labelsTr/a.nii", small_geometry(),
                    [](std::int64_t v) { return static_cast<std::int32_t>(v % 2); });
  const Image before = read_image(source / "imagesTr/a.nii").volume;
  drop_slice_distance(source / "imagesTr/a.nii");
  drop_slice_distance(source / "labelsTr/a.nii");
  const std::string message =
      message_of(ErrorCode::kIo, [&] { import_dataset("msd", source.path(), folder / "out"); });
  EXPECT_THAT(message, HasSubstr("imagesTr/a.nii"));
  EXPECT_THAT(message, HasSubstr("--spacing X,Y,Z"));
  expect_nothing_left(folder.path());

  ImportOptions options;
  options.spacing_mm = {9, 9, 3};
  const ImportReport report = import_dataset("msd", source.path(), folder / "out", options);
  EXPECT_FALSE(has_finding(report, "unreadable"));
  EXPECT_EQ(report.voxel_counts.at("train").at(1), 60);
  const Dataset dataset = read_dataset(folder / "out");
  const Image image = read_image(image_path(dataset, "a", 0)).volume;
  EXPECT_EQ(image.voxels, before.voxels);
  const Point3 expected{0.75, 0.5, 3};
  for (std::size_t axis = 0; axis < 3; ++axis) {
    EXPECT_NEAR(image.geometry.spacing_mm()[axis], expected[axis], 1e-6);
  }
  const Labels labels = read_labels(label_path(dataset, "a")).volume;
  EXPECT_EQ(difference(labels.geometry, image.geometry), "");
  EXPECT_EQ(labels.voxels[1], 1);
}

TEST(ImportMsd, RefusesTruncatedImages) {
  const TestFolder source, folder;
  const fs::path image = source / "imagesTr/a.nii.gz";
  write_test_image(image, small_geometry(), 1);
  write_test_labels(source / "labelsTr/a.nii.gz", small_geometry(),
                    [](std::int64_t v) { return static_cast<std::int32_t>(v % 2); });
  fs::resize_file(image, fs::file_size(image) - 20);
  EXPECT_THAT(
      message_of(ErrorCode::kIo, [&] { import_dataset("msd", source.path(), folder / "out"); }),
      HasSubstr("a.nii.gz"));
  expect_nothing_left(folder.path());
}

TEST(ImportNnunet1, KeepsChannelFiles) {
  const TestFolder source, folder;
  write_test_image(source / "imagesTr/x_0000.nii.gz", small_geometry(), 1);
  write_test_image(source / "imagesTr/x_0001.nii.gz", small_geometry(), 2);
  write_test_labels(source / "labelsTr/x.nii.gz", small_geometry(),
                    [](std::int64_t v) { return static_cast<std::int32_t>(v % 2); });
  write_test_image(source / "imagesTs/y_0000.nii.gz", small_geometry(), 3);
  write_test_image(source / "imagesTs/y_0001.nii.gz", small_geometry(), 4);
  std::ofstream(source / "dataset.json")
      << R"({"modality": {"0": "CT", "1": "PET"}, "labels": {"0": "bg", "1": "tumour"}})";
  import_dataset("nnunet1", source.path(), folder / "out");
  const Dataset dataset = read_dataset(folder / "out");
  ASSERT_EQ(dataset.cases.size(), 1u);
  ASSERT_EQ(dataset.test_cases.size(), 1u);
  EXPECT_EQ(dataset.cases[0].images.size(), 2u);
  EXPECT_EQ(dataset.labels.classes[1].name, "tumour");
}

TEST(ImportMyops, ReadsTheRelease) {
  const auto data = data_folder();
  if (!data || !fs::exists(*data / "myops")) GTEST_SKIP() << "no MyoPS at hand (MEDCL_DATA)";
  const TestFolder folder;
  const auto report = import_dataset("myops", *data / "myops", folder / "out");
  const Dataset dataset = read_dataset(folder / "out");
  EXPECT_EQ(dataset.splits[0].train.size(), 20u);
  EXPECT_EQ(dataset.splits[0].validation.size(), 5u);
  EXPECT_EQ(report.voxel_counts.at("val").count(5), 0u);
  EXPECT_GT(report.voxel_counts.at("train").at(5), 19000000);
}

TEST(ImportDicom, EverySeriesBecomesACase) {
  const auto data = data_folder();
  if (!data || !fs::exists(*data / "dicom")) GTEST_SKIP() << "no DICOM at hand (MEDCL_DATA)";
  const TestFolder folder;
  try {
    import_dataset("dicom", *data / "dicom", folder / "out");
  } catch (const Error& error) {
    if (std::string(error.what()).find("without ITK") == std::string::npos) throw;
    GTEST_SKIP() << error.what();
  }
  const Dataset dataset = read_dataset(folder / "out");
  EXPECT_EQ(dataset.cases.size(), 3u);
  for (const Case& one : dataset.cases) EXPECT_FALSE(one.labels);
  EXPECT_EQ(read_image(image_path(dataset, "ct-3slice", 0)).volume.geometry.size[2], 3);
  const auto table = read_file(folder.path() / "out" / "dicom.tsv");
  EXPECT_EQ(std::count(table.begin(), table.end(), '\n'), 4);
}

}  // namespace
}  // namespace medcl
