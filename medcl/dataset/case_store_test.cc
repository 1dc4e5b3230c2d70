// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/case_store.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <numeric>
#include <thread>

#include "medcl/core/file_system.h"
#include "medcl/core/log.h"
#include "medcl/dataset/categories.h"
#include "medcl/dataset/test_volumes.h"

namespace medcl {
namespace {

using ::testing::Each;
using ::testing::FloatNear;
using ::testing::HasSubstr;
using ::testing::Pointwise;
namespace fs = std::filesystem;

Image random_image(const Geometry& geometry) {
  RandomStream stream({.seed = 5, .purpose = Purpose::kTest});
  Image image{geometry, {}};
  for (std::int64_t v = 0; v < geometry.voxel_count(); ++v) {
    image.voxels.push_back(static_cast<float>(100 + 20 * stream.normal()));
  }
  return image;
}

PrepareOptions unclipped(Normalisation normalisation) {
  PrepareOptions options;
  options.normalisation = normalisation;
  options.clip_percentile = 100;
  return options;
}

TEST(PreparePlane, SliceZscoreHasMeanZeroAndDeviationOne) {
  const Image image = random_image(small_geometry({20, 20, 3}));
  const PrepareOptions options = unclipped(Normalisation::kSliceZscore);
  const auto statistics = volume_statistics(image, options);
  for (std::int64_t k = 0; k < 3; ++k) {
    const PreparedPlane plane = prepare_plane(image, k, options, statistics);
    double sum = 0, squares = 0;
    for (const float v : plane.pixels) {
      sum += v;
      squares += static_cast<double>(v) * v;
    }
    EXPECT_NEAR(sum / 400, 0, 1e-5);
    EXPECT_NEAR(squares / 400, 1, 1e-5);
  }
}

TEST(PreparePlane, ConstantSlicesBecomeZeros) {
  Image image{small_geometry({4, 4, 2}), std::vector<float>(32, 0.1F)};
  image.voxels.back() = 9;  // only the last slice varies
  for (const auto& [name, normalisation] : choices(Normalisation{})) {
    const PrepareOptions options = unclipped(normalisation);
    const auto statistics = volume_statistics(image, options);
    for (const float v : prepare_plane(image, 1, options, statistics).pixels) {
      EXPECT_TRUE(std::isfinite(v));
    }
  }
  const PrepareOptions options = unclipped(Normalisation::kSliceZscore);
  EXPECT_THAT(prepare_plane(image, 0, options, volume_statistics(image, options)).pixels, Each(0));
  const Image flat{small_geometry({4, 4, 2}), std::vector<float>(32, 1e6F)};
  EXPECT_THAT(prepare_plane(flat, 0, options, volume_statistics(flat, options)).pixels, Each(0));
}

TEST(PreparePlane, ClipsAtThePercentileOfTheVolume) {
  Image image{small_geometry({101, 1, 1}), std::vector<float>(101)};
  std::iota(image.voxels.begin(), image.voxels.end(), 0.0F);
  PrepareOptions options = unclipped(Normalisation::kUnitRange);
  options.clip_percentile = 90.5;
  const auto statistics = volume_statistics(image, options);
  EXPECT_FLOAT_EQ(statistics[2], 90.5F);  // numpy.percentile(arange(101), 90.5)
  const PreparedPlane plane = prepare_plane(image, 0, options, statistics);
  EXPECT_FLOAT_EQ(plane.pixels[0], 0);
  EXPECT_FLOAT_EQ(plane.pixels[90], 90 / 90.5F);
  EXPECT_FLOAT_EQ(plane.pixels[91], 1);
  EXPECT_FLOAT_EQ(plane.pixels[100], 1);
}

TEST(PreparePlane, AWindowIsTheSameForAllScans) {
  PrepareOptions options;
  options.normalisation = Normalisation::kWindow;
  options.window_low = -100;
  options.window_high = 300;
  const Image image{small_geometry({5, 1, 1}), {-1000, -100, 100, 300, 3000}};
  const float edge = std::sqrt(3.0F);
  EXPECT_THAT(prepare_plane(image, 0, options, volume_statistics(image, options)).pixels,
              Pointwise(FloatNear(1e-6F), {-edge, -edge, 0.0F, edge, edge}));
  options.window_high = -100;
  EXPECT_THROW((void)volume_statistics(image, options), Error);
}

TEST(PreparePlane, NoFiniteImageGivesANumberThatIsNotFinite) {
  constexpr float kLargest = std::numeric_limits<float>::max();
  constexpr float kSmallest = std::numeric_limits<float>::denorm_min();
  const std::vector<std::vector<float>> patterns{
      {kLargest, -kLargest}, {kLargest, 0},          {kSmallest, 0},  {kSmallest, -kSmallest},
      {kLargest, kSmallest}, {-kLargest, -kLargest}, {0, 0, 0, 1e30F}};
  std::int64_t planes = 0;
  for (const std::vector<float>& pattern : patterns) {
    Image image{small_geometry({8, 8, 2}), {}};
    for (std::size_t v = 0; v < 128; ++v) image.voxels.push_back(pattern[v % pattern.size()]);
    for (const auto& [name, normalisation] : choices(Normalisation{})) {
      for (const double clip : {99.5, 100.0}) {
        for (const double spacing_mm : {0.0, 0.4, 2.0}) {
          PrepareOptions options;
          options.normalisation = normalisation;
          options.clip_percentile = clip;
          options.spacing_mm = spacing_mm;
          const auto statistics = volume_statistics(image, options);
          const PreparedPlane plane = prepare_plane(image, 1, options, statistics);
          EXPECT_TRUE(std::all_of(plane.pixels.begin(), plane.pixels.end(),
                                  [](float v) { return std::isfinite(v); }))
              << name << " of " << pattern[0] << ", " << pattern[1];
          ++planes;
        }
      }
    }
  }
  EXPECT_EQ(planes, 7 * std::ssize(choices(Normalisation{})) * 2 * 3);
}

TEST(PreparedSize, KeepsTheExtent) {
  PrepareOptions options;
  EXPECT_EQ(prepared_size(small_geometry({480, 432, 9}), options), (PlaneSize{480, 432}));
  options.spacing_mm = 1.5;
  EXPECT_EQ(prepared_size(small_geometry({480, 432, 9}), options), (PlaneSize{240, 144}));
  options.spacing_mm = 1e-5;
  message_of(ErrorCode::kInvalidData, [&] { prepared_size(small_geometry(), options); });
}

TEST(PreparedSize, PixelsThatCannotBeMeantAreRefusedWithTheFile) {
  const TestFolder root, folder;
  Dataset dataset = write_small_dataset(root.path());
  const Geometry wide{.size = {16, 16, 2},
                      .world_from_index = {{{340, 0, 0, 0}, {0, 340, 0, 0}, {0, 0, 8, 0}}}};
  write_test_image(dataset.cases.front().images.front(), wide, 1);
  dataset.cases.front().labels.reset();
  PrepareOptions options;
  options.spacing_mm = 1.37;
  const std::string message = message_of(
      ErrorCode::kInvalidData, [&] { (void)CaseStore::build(dataset, options, folder.path()); });
  EXPECT_NE(message.find(dataset.cases.front().images.front().string()), std::string::npos)
      << message;
  EXPECT_NE(message.find("16 pixels of 340 mm"), std::string::npos) << message;
}

TEST(CaseStore, HoldsImagesLabelsAndCategories) {
  const TestFolder root, folder;
  const Dataset dataset = write_small_dataset(root.path());
  PrepareOptions options;
  options.spacing_mm = 0.25;
  const CaseStore store = CaseStore::build(dataset, options, folder.path());
  ASSERT_EQ(store.cases().size(), 4u);
  const StoredCase& one = store.at("a");
  EXPECT_EQ(one.slices, 4);
  EXPECT_EQ(one.channels, 1);
  EXPECT_EQ(one.plane, (PlaneSize{18, 10}));
  EXPECT_EQ(one.image(3, 0).size(), 180u);
  const auto labels = one.labels(2);
  ASSERT_EQ(labels.size(), 180u);
  for (std::size_t p = 0; p < labels.size(); ++p) {
    const auto x = static_cast<std::int64_t>(p % 18 / 3), y = static_cast<std::int64_t>(p / 18 / 2);
    const std::int32_t value = scribble_value((10 + y) * 6 + x);
    const std::size_t turned = labels.size() - 1 - p;  // stored as LPS, prepared as RAS
    EXPECT_EQ(labels[turned], value == 4 ? kNotAnnotated : value);
  }
  EXPECT_THAT(one.categories(0), Each(1));
  message_of(ErrorCode::kInvalidData, [&] { static_cast<void>(store.at("nobody")); });
}

TEST(CaseStore, UnlabelledCasesTakeCategoriesFromTheFile) {
  const TestFolder root, folder;
  Dataset dataset = write_small_dataset(root.path());
  fs::remove(label_path(dataset, "b"));
  fs::remove(label_path(dataset, "c"));
  write_categories(dataset, {{"b", {std::nullopt, complete_tags({true, false, true, false})}}});
  const CaseStore store = CaseStore::build(read_dataset(root.path()), {}, folder.path());
  EXPECT_TRUE(store.at("b").labels(0).empty());
  EXPECT_THAT(store.at("b").categories(0), Each(255));
  EXPECT_THAT(store.at("b").categories(1), ::testing::ElementsAre(1, 0, 1, 0));
  EXPECT_THAT(store.at("c").categories(1), Each(255));
}

TEST(CaseStore, CategoriesThatLeaveOutADrawnClassAreRefusedAsByCheck) {
  const TestFolder root, folder;
  const Dataset dataset = write_small_dataset(root.path());
  const SliceTags nothing = complete_tags({true, false, false, false});
  write_categories(dataset, {{"a", {std::nullopt, nothing}}});
  const auto build = [&] { CaseStore::build(read_dataset(root.path()), {}, folder.path()); };
  EXPECT_THAT(message_of(ErrorCode::kInvalidData, build),
              ::testing::AllOf(HasSubstr("a, slice 1"), HasSubstr("background only")));
}

TEST(CaseStore, TwoTrainingsWithOtherOptionsShareAFolder) {
  const TestFolder root, folder;
  const Dataset dataset = write_small_dataset(root.path());
  const auto build_often = [&](double spacing_mm) {
    PrepareOptions options;
    options.spacing_mm = spacing_mm;
    for (int n = 0; n < 10; ++n) {
      const CaseStore store = CaseStore::build(dataset, options, folder.path());
      EXPECT_EQ(store.cases().front().plane, prepared_size(small_geometry(), options)) << n;
    }
  };
  std::thread other([&] { build_often(2); });
  build_often(1);
  other.join();
}

TEST(CaseStore, PreparesAgainOnlyWhatChanged) {
  const TestFolder root, folder;
  const Dataset dataset = write_small_dataset(root.path());
  const auto inode = [&](const char* id) {  // files are replaced, never rewritten in place
    return fs::last_write_time(folder / (std::string(id) + ".safetensors"));
  };
  PrepareOptions options;
  CaseStore::build(dataset, options, folder.path());
  const auto a = inode("a"), b = inode("b");
  CaseStore::build(dataset, options, folder.path());
  EXPECT_EQ(inode("a"), a);
  write_test_image(image_path(dataset, "b", 0), small_geometry(), 99);
  CaseStore::build(dataset, options, folder.path());
  EXPECT_EQ(inode("a"), a);
  EXPECT_NE(inode("b"), b);
  options.normalisation = Normalisation::kVolumeZscore;
  CaseStore::build(dataset, options, folder.path());
  EXPECT_NE(inode("a"), a);
}

TEST(CaseStore, ReplacesDamagedFiles) {
  const TestFolder root, folder;
  const Dataset dataset = write_small_dataset(root.path());
  CaseStore::build(dataset, {}, folder.path());
  std::ofstream(folder / "a.safetensors") << "not a tensor";
  EXPECT_EQ(CaseStore::build(dataset, {}, folder.path()).at("a").slices, 4);
}

std::string bytes_of(const fs::path& path) {
  const auto bytes = read_file(path);
  return {bytes.begin(), bytes.end()};
}

TEST(CaseStore, NoticesEveryFlippedBitAndPreparesAnew) {
  const TestFolder root, folder;
  const Dataset dataset = write_small_dataset(root.path());
  CaseStore::build(dataset, {}, folder.path());
  const fs::path path = folder / "a.safetensors";
  const std::string sound = bytes_of(path);
  int warned = 0;
  set_log_sink([&warned](LogLevel level, const std::string& text) {
    warned += level == LogLevel::kWarning && text.find("a.safetensors") != std::string::npos;
  });
  RandomStream random({.seed = 3, .purpose = Purpose::kTest});
  constexpr int kFlips = 120;
  for (int trial = 0; trial < kFlips; ++trial) {
    std::string damaged = sound;
    const auto bit =
        static_cast<std::size_t>(random.integer(static_cast<std::int64_t>(8 * sound.size())));
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    std::ofstream(path, std::ios::binary) << damaged;
    CaseStore::build(dataset, {}, folder.path());
    ASSERT_EQ(bytes_of(path), sound) << "bit " << bit;
  }
  set_log_sink({});
  EXPECT_EQ(warned, kFlips);
}

TEST(CaseStore, NoticesAnEmptiedPayload) {
  const TestFolder root, folder;
  const Dataset dataset = write_small_dataset(root.path());
  CaseStore::build(dataset, {}, folder.path());
  const fs::path path = folder / "a.safetensors";
  const std::string sound = bytes_of(path);
  std::ofstream(path, std::ios::binary)
      << sound.substr(0, sound.size() / 2) << std::string(sound.size() - sound.size() / 2, '\0');
  CaseStore::build(dataset, {}, folder.path());
  EXPECT_EQ(bytes_of(path), sound);
}

TEST(CaseStore, DoesNotReplaceAFileOfSomebodyElse) {
  const TestFolder root, folder;
  const Dataset dataset = write_small_dataset(root.path());
  const std::vector<std::uint8_t> data(8);
  write_safetensors(folder / "b.safetensors", {{"weights", {DType::kF32, {2}, data}}});
  const std::string before = bytes_of(folder / "b.safetensors");
  EXPECT_THAT(message_of(ErrorCode::kIo, [&] { CaseStore::build(dataset, {}, folder.path()); }),
              HasSubstr("not a prepared case"));
  EXPECT_EQ(bytes_of(folder / "b.safetensors"), before);
}

TEST(CaseStore, RefusesLabelsOnAnotherGridAndNonFiniteVoxels) {
  const TestFolder root, folder;
  const Dataset dataset = write_small_dataset(root.path());
  Geometry shifted = small_geometry();
  shifted.world_from_index[0][3] += 1;
  write_test_labels(label_path(dataset, "b"), shifted, scribble_value);
  const auto build = [&] { CaseStore::build(dataset, {}, folder.path()); };
  EXPECT_THAT(message_of(ErrorCode::kInvalidData, build), HasSubstr("another grid"));
  write_test_labels(label_path(dataset, "b"), small_geometry(), scribble_value);
  Image image = random_image(small_geometry());
  image.voxels[7] = std::nanf("");
  write_image(image_path(dataset, "c", 0), image, make_source_header(image.geometry));
  EXPECT_THAT(message_of(ErrorCode::kInvalidData, build), HasSubstr("c_0000.nii.gz"));
  EXPECT_FALSE(fs::exists(folder / "c.safetensors"));
}

}  // namespace
}  // namespace medcl
