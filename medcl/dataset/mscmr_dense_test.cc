// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/mscmr_dense.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "medcl/core/test_paths.h"
#include "medcl/dataset/import.h"
#include "medcl/dataset/test_volumes.h"

namespace medcl {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

constexpr std::int64_t kColumns = 80, kRows = 64, kSlices = 5;

/// Eight spots, elsewhere in each slice and of each patient.
float intensity(int patient, std::int64_t i, std::int64_t j, std::int64_t k) {
  double sum = 0;
  for (int spot = 0; spot < 8; ++spot) {
    const double turn = 1.7 * spot + 2.3 * static_cast<double>(k) + 0.9 * patient;
    const double x = kColumns * (0.5 + 0.45 * std::sin(3.1 * turn));
    const double y = kRows * (0.5 + 0.45 * std::sin(5.3 * turn + 1));
    const double dx = static_cast<double>(i) - x, dy = static_cast<double>(j) - y;
    sum += std::exp(-(dx * dx + dy * dy) / 50);
  }
  return static_cast<float>(200 + 100 * sum);
}

/// A gold standard: RV, scar, edema, myocardium and LV side by side in rows 20 to 40.
std::int32_t gold(std::int64_t i, std::int64_t j) {
  constexpr std::int32_t kValues[] = {600, 2221, 1220, 200, 500};
  const bool inside = j >= 20 && j < 40 && i >= 20 && i < 60;
  return inside ? kValues[(i - 20) / 8] : 0;
}

std::int32_t dense_class(std::int32_t value) {
  return value == 0 ? 0 : value == 600 ? 1 : value == 500 ? 3 : 2;
}

template <typename Value>
auto filled(const Size3& size, const Value& value) {
  Grid<decltype(value(0, 0, 0))> grid;
  grid.geometry = {size, {{{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 8, 0}}}};
  for (std::int64_t k = 0; k < size[2]; ++k) {
    for (std::int64_t j = 0; j < size[1]; ++j) {
      for (std::int64_t i = 0; i < size[0]; ++i) grid.voxels.push_back(value(i, j, k));
    }
  }
  return grid;
}

void write(const fs::path& path, const Image& image) {
  fs::create_directories(path.parent_path());
  write_image(path, image, make_source_header(image.geometry));
}

void write(const fs::path& path, const Labels& labels) {
  fs::create_directories(path.parent_path());
  write_labels(path, labels, make_source_header(labels.geometry));
}

/// MSCMRseg: two volumes to train on, with a pixel of scribbles of each class, one to validate on.
class DenseFromMyops : public testing::Test {
 protected:
  DenseFromMyops() {
    for (const int patient : {13, 19}) {
      const std::string name = "subject" + std::to_string(patient) + "_DE";
      write(release() / "train/images" / (name + ".nii.gz"), volume(patient));
      write(release() / "train/labels" / (name + "_scribble.nii.gz"), scribble());
    }
    write(release() / "val/images/subject1_DE.nii.gz", volume(1));
    write(release() / "val/labels/subject1_DE_manual.nii.gz",
          filled({kColumns, kRows, kSlices},
                 [](auto i, auto j, auto) { return dense_class(gold(i, j)); }));
  }

  static Image volume(int patient) {
    return filled({kColumns, kRows, kSlices},
                  [=](auto i, auto j, auto k) { return intensity(patient, i, j, k); });
  }

  static Labels scribble() {
    return filled({kColumns, kRows, kSlices}, [](auto i, auto j, auto) -> std::int32_t {
      return j == 30 || j == 5 ? dense_class(gold(i, j)) : 4;
    });
  }

  /// A case of MyoPS: slices 3 and 1 of a patient, moved by (5, -4), with more around.
  void add_case(const std::string& name, int patient, bool scribbles = false) const {
    constexpr std::int64_t kFrom[] = {3, 1};
    const Size3 size{kColumns + 9, kRows + 7, 2};
    write(myops() / (name + "_LGE.nii.gz"), filled(size, [&](auto i, auto j, auto k) {
            return 2 * intensity(patient, i - 5, j + 4, kFrom[k]) + 30;
          }));
    write(myops() / (name + "_gd.nii.gz"), filled(size, [&](auto i, auto j, auto) -> std::int32_t {
            if (scribbles) return i == 3 ? 3000 : 0;
            return gold(i - 5, j + 4);
          }));
  }

  ImportReport imported() const {
    return import_dataset("mscmr", release(), folder_ / "out", {.dense_from = myops()});
  }
  Labels written(const std::string& id) const {
    return read_labels(folder_ / "out/labelsTr" / (id + ".nii.gz")).volume;
  }
  fs::path release() const { return folder_ / "release"; }
  fs::path myops() const { return folder_ / "myops/deep/down"; }

  const TestFolder folder_;
};

bool has(const ImportReport& report, const std::string& id) {
  return std::ranges::any_of(report.findings, [&](const Finding& one) { return one.id == id; });
}

TEST_F(DenseFromMyops, TakesTheGoldStandardWhereItsSlicesAreAndNothingElse) {
  add_case("Case3021", 13);
  add_case("myops_training_101", 19);
  const ImportReport report = imported();
  for (const std::string id : {"subject13", "subject19"}) {
    const Labels labels = written(id);
    for (std::int64_t k = 0; k < kSlices; ++k) {
      const bool is_dense = k == 1 || k == 3;
      const auto slice = labels.slice(k);
      for (std::int64_t n = 0; n < kColumns * kRows; ++n) {
        ASSERT_EQ(slice[static_cast<std::size_t>(n)],
                  is_dense ? dense_class(gold(n % kColumns, n / kColumns)) : 4)
            << id << " slice " << k << " pixel " << n;
      }
    }
  }
  EXPECT_FALSE(has(report, "slice-not-found"));
  EXPECT_FALSE(has(report, "observers-differ"));
  EXPECT_EQ(read_dataset(folder_ / "out").name, "MSCMRseg, dense labels of MyoPS");
}

TEST_F(DenseFromMyops, LeavesValidationAsItIs) {
  add_case("Case3021", 13);
  add_case("Case3036", 1);  // the validation subject
  imported();
  EXPECT_EQ(std::ranges::count(written("subject1").voxels, 4), 0);
}

TEST_F(DenseFromMyops, ChecksTheScribblesThatItReplaces) {
  add_case("Case3021", 13);
  EXPECT_THAT(imported().self_check, HasSubstr("the scribbles that were replaced"));
}

TEST_F(DenseFromMyops, OfACaseThatIsNotThereHasNoLabelsAndSaysSo) {
  add_case("Case3021", 13);
  add_case("Case3001", 19, /*scribbles=*/true);  // no gold standard, under the same name
  const ImportReport report = imported();
  EXPECT_TRUE(has(report, "no-dense-labels"));
  EXPECT_EQ(std::ranges::count(written("subject19").voxels, 4), kColumns * kRows * kSlices);
}

TEST_F(DenseFromMyops, LeavesSlicesOfAnotherPatientOut) {
  add_case("Case3021", 13);
  add_case("Case3001", 77);
  const ImportReport report = imported();
  EXPECT_TRUE(has(report, "slice-not-found"));
  EXPECT_EQ(std::ranges::count(written("subject19").voxels, 4), kColumns * kRows * kSlices);
}

TEST_F(DenseFromMyops, TellsWhereTwoObserversDiffer) {
  add_case("Case3021", 13);
  Labels other = scribble();
  for (std::int32_t& value : other.voxels) value = value == 1 ? 3 : value == 3 ? 1 : value;
  write(release() / "train/labels/subject13_DE_scribble.nii.gz", other);
  EXPECT_TRUE(has(imported(), "observers-differ"));
}

TEST_F(DenseFromMyops, RefusesFoldersWithoutAGoldStandardAndOtherKinds) {
  fs::create_directories(myops());
  EXPECT_THAT(message_of(ErrorCode::kInvalidData, [&] { imported(); }), HasSubstr("Case3001"));
  EXPECT_THAT(
      message_of(
          ErrorCode::kUsage,
          [&] { import_dataset("myops", release(), folder_ / "other", {.dense_from = myops()}); }),
      HasSubstr("--dense-from"));
}

}  // namespace
}  // namespace medcl
