// SPDX-License-Identifier: Apache-2.0
// medcl predict from the outside: labels lie where their image lies, and images unlike those of the
// training are named.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>
#include <sstream>
#include <stdexcept>

#include "medcl/image/itk_bridge.h"
#include "medcl/image/test_support.h"
#include "medcl/image/volume_io.h"
#include "tests/hostile/child.h"
#include "tests/hostile/craft.h"

namespace medcl::hostile {
namespace {

namespace fs = std::filesystem;

Image test_image() {
  for (const auto& entry : fs::directory_iterator(Workshop::get().dataset() / "imagesTs")) {
    return read_image(entry.path()).volume;
  }
  throw std::runtime_error("the phantom has no test image");
}

Outcome predict(const fs::path& input, const fs::path& output) {
  return run_program({"predict", "-m", Workshop::get().model().string(), input.string(), "-o",
                      output.string(), "--threads", "1"});
}

/// Of the images; that a model of a few steps is poor is told of every prediction.
std::vector<std::string> warnings(const Outcome& outcome) {
  std::vector<std::string> lines;
  std::istringstream text(outcome.err);
  for (std::string line; std::getline(text, line);) {
    if (!line.starts_with("warning: ") || line.starts_with("warning: in validation")) continue;
    lines.push_back(line);
  }
  return lines;
}

void expect_same_grid(const fs::path& image, const fs::path& labels) {
  const Loaded<float> source = read_image(image);
  const Loaded<std::int32_t> result = read_labels(labels);
  const GeometryTolerance exact{.spacing_relative = 1e-6, .origin_mm = 1e-4, .direction = 1e-6};
  EXPECT_EQ(difference(source.volume.geometry, result.volume.geometry, exact), "") << labels;
  if (!source.source.nifti) return;
  EXPECT_EQ(source.source.nifti->srow, result.source.nifti->srow);
  EXPECT_EQ(source.source.nifti->quaternion_bcd, result.source.nifti->quaternion_bcd);
  EXPECT_EQ(source.source.nifti->qoffset_mm, result.source.nifti->qoffset_mm);
  EXPECT_EQ(source.source.nifti->pixdim, result.source.nifti->pixdim);
}

// The network sees one order of axes: the same scan must get the same labels in the same places
// whatever the order in which it is stored, and its format.
TEST(HostilePredict, LabelsLieOnTheGridOfTheirImageInEveryOrientationAndFormat) {
  const Image scan = test_image();
  std::vector<std::int32_t> first;
  for (std::size_t n = 0; n < 6; ++n) {  // every exchange of axes, with flips that change
    const AxisOrder order = testing::all_axis_orders()[8 * n + 3 * n % 8];
    Image image = scan;
    reorder(image, order);
    const fs::path folder = Workshop::get().fresh();
    fs::create_directory(folder / "in");
    std::vector<std::pair<std::string, std::string>> files{{"a.nii", "a.nii.gz"},
                                                           {"b.nii.gz", "b.nii.gz"}};
    if (itk_is_built_in()) files.insert(files.end(), {{"c.nrrd", "c.nrrd"}, {"d.mha", "d.mha"}});
    for (const auto& [name, labels] : files) {
      write_image(folder / "in" / name, image, make_source_header(image.geometry));
    }
    const Outcome outcome = predict(folder / "in", folder / "out");
    ASSERT_EQ(outcome.code, 0) << outcome.text();
    EXPECT_TRUE(warnings(outcome).empty()) << outcome.text();
    for (const auto& [name, labels] : files) {
      expect_same_grid(folder / "in" / name, folder / "out" / labels);
      Labels found = read_labels(folder / "out" / labels).volume;
      reorder(found, inverse(order));
      if (first.empty()) first = found.voxels;
      EXPECT_EQ(found.voxels, first) << axis_codes(image.geometry) << " " << name;
    }
  }
  EXPECT_GT(std::set<std::int32_t>(first.begin(), first.end()).size(), 1U)
      << "a constant prediction proves nothing";
}

TEST(HostilePredict, ImagesLikeThoseOfTheTrainingGetNoWarning) {
  const fs::path folder = Workshop::get().fresh();
  const Image image = test_image();
  write_image(folder / "x.nii.gz", image, make_source_header(image.geometry));
  const Outcome outcome = predict(folder / "x.nii.gz", folder / "out");
  EXPECT_EQ(outcome.code, 0) << outcome.text();
  EXPECT_TRUE(warnings(outcome).empty()) << outcome.text();
}

TEST(HostilePredict, EveryImageUnlikeTheTrainingGetsOneLine) {
  const fs::path folder = Workshop::get().fresh();
  fs::create_directory(folder / "in");
  Image coarse = test_image();
  for (auto& row : coarse.geometry.world_from_index) row[0] *= 2, row[1] *= 2;
  write_image(folder / "in" / "coarse.nii.gz", coarse, make_source_header(coarse.geometry));
  Image bright = test_image();
  for (float& voxel : bright.voxels) voxel = voxel * 100 + 5000;
  write_image(folder / "in" / "bright.nii.gz", bright, make_source_header(bright.geometry));
  const Outcome outcome = predict(folder / "in", folder / "out");
  EXPECT_EQ(outcome.code, 0) << outcome.text();
  const auto lines = warnings(outcome);
  ASSERT_EQ(lines.size(), 2U) << outcome.text();
  EXPECT_NE(lines[0].find("case bright is unlike the training images: mean intensity of "),
            std::string::npos)
      << lines[0];
  EXPECT_EQ(lines[0].find("voxels of"), std::string::npos) << lines[0];
  EXPECT_NE(lines[1].find("case coarse is unlike the training images: voxels of "),
            std::string::npos)
      << lines[1];
  EXPECT_EQ(lines[1].find("mean intensity"), std::string::npos) << lines[1];
}

}  // namespace
}  // namespace medcl::hostile
