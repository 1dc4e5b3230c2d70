// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "medcl/core/error.h"
#include "medcl/core/test_folder.h"
#include "medcl/dataset/categories.h"
#include "medcl/dataset/phantom.h"
#include "medcl/image/volume_io.h"

namespace medcl {
namespace {

class PhantomDataset : public testing::Test {
 protected:
  void SetUp() override {
    options_.scribbled = 2;
    options_.unlabelled = 1;
    options_.validation = 1;
    options_.test = 2;
    options_.phantom.size = 48;
    options_.phantom.spacing_mm = 5;
    options_.phantom.slices = 4;
  }

  TestFolder parent_;
  std::filesystem::path root_ = parent_ / "data";
  PhantomDatasetOptions options_;
};

TEST_F(PhantomDataset, HasTheNativeLayout) {
  std::int64_t done = 0;
  const Dataset dataset =
      write_phantom_dataset(root_, options_, [&](std::int64_t n, std::int64_t total) {
        EXPECT_EQ(total, 6);
        EXPECT_EQ(n, ++done);
      });
  EXPECT_EQ(done, 6);
  ASSERT_EQ(dataset.cases.size(), 4U);
  EXPECT_EQ(dataset.cases[0].id, "phantom_001");
  EXPECT_TRUE(dataset.cases[1].labels);
  EXPECT_FALSE(dataset.cases[2].labels);
  EXPECT_EQ(dataset.test_cases.size(), 2U);
  ASSERT_EQ(dataset.splits.size(), 1U);
  EXPECT_EQ(dataset.splits[0].train,
            (std::vector<std::string>{"phantom_001", "phantom_002", "phantom_003"}));
  EXPECT_EQ(dataset.splits[0].validation, std::vector<std::string>{"phantom_004"});
  EXPECT_EQ(dataset.labels.ignore_value, 4);
}

TEST_F(PhantomDataset, IsPlannedAsItIsWritten) {
  const Dataset planned = planned_phantom_dataset(root_, options_);
  EXPECT_FALSE(std::filesystem::exists(root_)) << "nothing is written";
  const Dataset written = write_phantom_dataset(root_, options_);
  for (const auto& [one, other] : {std::pair{&planned.cases, &written.cases},
                                   std::pair{&planned.test_cases, &written.test_cases}}) {
    ASSERT_EQ(one->size(), other->size());
    for (std::size_t n = 0; n < one->size(); ++n) {
      EXPECT_EQ((*one)[n].id, (*other)[n].id);
      EXPECT_EQ((*one)[n].images, (*other)[n].images);
      EXPECT_EQ((*one)[n].labels, (*other)[n].labels);
    }
  }
  EXPECT_EQ(splits_to_json(planned.splits), splits_to_json(written.splits));
  EXPECT_EQ(planned.labels.to_json(), written.labels.to_json());
}

TEST_F(PhantomDataset, FilesHoldWhatWasMade) {
  const Dataset dataset = write_phantom_dataset(root_, options_);
  const PhantomCase made = make_phantom(options_.phantom, 3);
  const auto image = read_image(dataset.cases[3].images[0]);
  const auto labels = read_labels(*dataset.cases[3].labels);
  EXPECT_EQ(image.volume.voxels, made.image.voxels);
  EXPECT_EQ(labels.volume.voxels, made.dense.voxels);
  EXPECT_EQ(difference(image.volume.geometry, made.image.geometry), "");
  EXPECT_TRUE(image.findings.empty());
}

TEST_F(PhantomDataset, ScribblesAgreeWithTheDenseLabelsAndLeaveMostIgnored) {
  const Dataset dataset = write_phantom_dataset(root_, options_);
  const PhantomCase made = make_phantom(options_.phantom, 1);
  const Labels scribbles = read_labels(*dataset.cases[1].labels).volume;
  std::size_t ignored = 0;
  for (std::size_t n = 0; n < scribbles.voxels.size(); ++n) {
    ignored += scribbles.voxels[n] == 4 ? 1 : 0;
    ASSERT_TRUE(scribbles.voxels[n] == 4 || scribbles.voxels[n] == made.dense.voxels[n]);
  }
  EXPECT_GT(ignored, scribbles.voxels.size() * 8 / 10);
  EXPECT_LT(ignored, scribbles.voxels.size());
}

TEST_F(PhantomDataset, CategoriesOfTrainingCasesComeFromTheDenseLabels) {
  const Dataset dataset = write_phantom_dataset(root_, options_);
  const auto categories = read_categories(dataset);
  EXPECT_EQ(categories.size(), 3U);
  for (const std::uint32_t index : {0U, 2U}) {
    const PhantomCase made = make_phantom(options_.phantom, index);
    const SliceCategories& slices = categories.at(dataset.cases[index].id);
    ASSERT_EQ(slices.size(), 4U);
    for (std::int64_t k = 0; k < 4; ++k) {
      const auto pixels = made.dense.slice(k);
      const auto& flags = slices[static_cast<std::size_t>(k)];
      ASSERT_TRUE(flags);
      for (std::int32_t value = 0; value < 4; ++value) {
        EXPECT_EQ((*flags)[static_cast<std::size_t>(value)] == Tag::kPresent,
                  std::find(pixels.begin(), pixels.end(), value) != pixels.end());
      }
    }
  }
}

TEST_F(PhantomDataset, RefusesAFolderInUse) {
  std::filesystem::create_directories(root_);
  std::ofstream(root_ / "notes.txt") << "mine";
  EXPECT_THROW(write_phantom_dataset(root_, options_), Error);
  EXPECT_FALSE(std::filesystem::exists(root_ / "imagesTr"));
}

TEST_F(PhantomDataset, WithoutATrainingSetIsRefusedAndLeavesNothing) {
  options_.scribbled = options_.unlabelled = options_.validation = 0;
  EXPECT_THROW(write_phantom_dataset(root_, options_), Error);
  EXPECT_FALSE(std::filesystem::exists(root_));
}

}  // namespace
}  // namespace medcl
