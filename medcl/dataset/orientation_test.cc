// SPDX-License-Identifier: Apache-2.0
// The same scans in every order in which files can store them: what is prepared must be the same.

#include "medcl/dataset/orientation.h"

#include <gmock/gmock.h>

#include "medcl/core/log.h"
#include "medcl/dataset/case_store.h"
#include "medcl/dataset/categories.h"
#include "medcl/dataset/check.h"
#include "medcl/dataset/test_volumes.h"
#include "medcl/image/test_support.h"

namespace medcl {
namespace {

using testing::all_axis_orders;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

/// Stores image and labels of a case in another order of axes.
void store_again(const Dataset& dataset, const std::string& id, const AxisOrder& order) {
  const fs::path image = image_path(dataset, id, 0), labels = label_path(dataset, id);
  Image voxels = read_image(image).volume;
  reorder(voxels, order);
  write_image(image, voxels, make_source_header(voxels.geometry));
  if (!fs::exists(labels)) return;
  Labels values = read_labels(labels).volume;
  reorder(values, order);
  write_labels(labels, values, make_source_header(values.geometry));
}

void turn(Geometry& geometry, double radians) {
  const Affine before = geometry.world_from_index;
  for (std::size_t column = 0; column < 4; ++column) {
    geometry.world_from_index[0][column] =
        std::cos(radians) * before[0][column] - std::sin(radians) * before[2][column];
    geometry.world_from_index[2][column] =
        std::sin(radians) * before[0][column] + std::cos(radians) * before[2][column];
  }
}

/// Cases a to d of write_small_dataset on another grid; scribbles fill whole planes across `drawn`.
Dataset write_scans(const fs::path& root, const Geometry& geometry, std::size_t drawn = 2) {
  const Dataset dataset = write_small_dataset(root);
  std::uint64_t seed = 10;
  for (const Case& one : dataset.cases) {
    write_test_image(one.images.front(), geometry, seed++);
    write_test_labels(*one.labels, geometry, [&](std::int64_t v) {
      const Size3& size = geometry.size;
      const Size3 at{v % size[0], v / size[0] % size[1], v / (size[0] * size[1])};
      if (one.id == "d") return static_cast<std::int32_t>(v % 4);
      return at[drawn] == 1 ? static_cast<std::int32_t>(v % 7 % 4) : 4;
    });
  }
  return read_dataset(root);
}

void expect_same_tensors(const CaseStore& found, const CaseStore& expected,
                         const std::string& what) {
  EXPECT_EQ(found.options().orientation, expected.options().orientation) << what;
  for (const StoredCase& one : expected.cases()) {
    for (const char* name : {"image", "labels", "categories"}) {
      if (!one.file.contains(name)) continue;
      const TensorView &a = found.at(one.id).file.at(name), &b = one.file.at(name);
      EXPECT_EQ(a.shape, b.shape) << what << " " << name;
      EXPECT_TRUE(std::ranges::equal(a.bytes, b.bytes)) << what << " " << name;
    }
  }
}

PrepareOptions some_options() {
  PrepareOptions options;
  options.spacing_mm = 0.4;
  options.reach_mm = 1.5;
  options.normalisation = Normalisation::kVolumeZscore;
  return options;
}

/// All 48 orders of all cases at once, and one data set that mixes them.
void expect_the_same_whatever_is_stored(const Geometry& geometry, const std::string& codes) {
  const TestFolder root, cache;
  const Dataset dataset = write_scans(root.path(), geometry);
  const CaseStore expected = CaseStore::build(dataset, some_options(), cache / "as-written");
  EXPECT_EQ(expected.options().orientation, codes);
  const auto orders = all_axis_orders();
  for (std::size_t n = 0; n < orders.size(); ++n) {
    const TestFolder other, other_cache;
    fs::copy(root.path(), other.path(), fs::copy_options::recursive);
    for (std::size_t c = 0; c < dataset.cases.size(); ++c) {
      const bool mixed = n % 2 == 1;
      store_again(read_dataset(other.path()), dataset.cases[c].id,
                  orders[(n + (mixed ? 11 * c : 0)) % orders.size()]);
    }
    const CaseStore found =
        CaseStore::build(read_dataset(other.path()), some_options(), other_cache.path());
    expect_same_tensors(found, expected, codes + " order " + std::to_string(n));
  }
}

TEST(PreparedOrientation, IsTheSameForAll48StoredOrdersOfAxialScans) {
  expect_the_same_whatever_is_stored(small_geometry(), "RAS");
}

TEST(PreparedOrientation, IsTheSameForAll48StoredOrdersOfCoronalAndSagittalScans) {
  expect_the_same_whatever_is_stored({{6, 5, 4}, {{{0.75, 0, 0, 1}, {0, 0, 5, 2}, {0, 0.5, 0, 3}}}},
                                     "RSA");
  expect_the_same_whatever_is_stored(
      {{6, 5, 4}, {{{0, 0, -5, 1}, {0.75, 0, 0, 2}, {0, -0.5, 0, 3}}}}, "ASR");
}

TEST(PreparedOrientation, IsTheSameForAll48StoredOrdersOfIsotropicScans) {
  expect_the_same_whatever_is_stored({{6, 5, 7}, {{{1, 0, 0, 1}, {0, 1, 0, 2}, {0, 0, 1, 3}}}},
                                     "RAS");
}

TEST(PreparedOrientation, IsTheSameForAll48StoredOrdersOfObliqueScans) {
  Geometry oblique = small_geometry();
  turn(oblique, 0.5);
  expect_the_same_whatever_is_stored(oblique, "RAS");
}

// Short-axis views lie at 45 degrees to the world: the axis that is nearest changes from patient to
// patient, the slices must not.
TEST(PreparedOrientation, ObliqueSlicesStayTheSlices) {
  const TestFolder root, cache;
  const Dataset dataset = write_scans(root.path(), small_geometry());
  double degrees = 30;
  std::set<std::string> codes;
  for (const Case& one : dataset.cases) {
    Geometry geometry = small_geometry();
    turn(geometry, degrees * 3.14159265 / 180);
    degrees += 10;
    codes.insert(axis_codes(geometry));
    Image image = read_image(one.images.front()).volume;
    Labels labels = read_labels(*one.labels).volume;
    image.geometry = labels.geometry = geometry;
    write_image(one.images.front(), image, make_source_header(geometry));
    write_labels(*one.labels, labels, make_source_header(geometry));
  }
  EXPECT_EQ(codes.size(), 2u) << "stored orders differ";
  const CaseStore store = CaseStore::build(dataset, {}, cache.path());
  for (const StoredCase& one : store.cases()) EXPECT_EQ(one.slices, 4) << one.id;
}

PlaneEvidence scan(std::optional<std::size_t> slice_axis, std::array<std::int64_t, 3> planes = {},
                   std::array<std::int64_t, 3> scribbled = {}) {
  return {slice_axis, planes, scribbled};
}

TEST(ChosenOrientation, FollowsTheMajorityThenTheScribblesThenTheAxialPlane) {
  EXPECT_EQ(chosen_orientation({scan(0), scan(0), scan(2)}), "ASR");
  EXPECT_EQ(chosen_orientation({scan(1), scan({}), scan({})}), "RSA");
  EXPECT_EQ(chosen_orientation({scan(0), scan(1)}), "RSA") << "equal votes: A before R";
  EXPECT_EQ(chosen_orientation({scan({})}), "RAS");
  EXPECT_EQ(chosen_orientation({}), "RAS");
  EXPECT_EQ(chosen_orientation({scan({}, {40, 50, 60}, {4, 40, 30})}), "ASR");
  EXPECT_EQ(chosen_orientation({scan({}, {40, 50, 60}, {20, 25, 30})}), "RAS")
      << "no plane is rare";
  EXPECT_EQ(chosen_orientation({scan({}, {40, 50, 60}, {4, 5, 40})}), "RAS") << "two are";
  EXPECT_EQ(chosen_orientation({scan(2, {40, 50, 60}, {4, 40, 60})}), "RAS")
      << "the scans come before the scribbles";
}

TEST(ChosenOrientation, ScribblesOfIsotropicScansTellThePlane) {
  const Geometry cube{{12, 11, 10}, {{{1, 0, 0, 1}, {0, 1, 0, 2}, {0, 0, 1, 3}}}};
  const char* codes[] = {"ASR", "RSA", "RAS"};
  for (std::size_t drawn = 0; drawn < 3; ++drawn) {
    const TestFolder root;
    const Dataset dataset = write_scans(root.path(), cube, drawn);
    EXPECT_EQ(settled_orientation(dataset, "auto", ""), codes[drawn]);
    store_again(dataset, "a", all_axis_orders()[17]);
    store_again(dataset, "b", all_axis_orders()[42]);
    EXPECT_EQ(settled_orientation(dataset, "auto", ""), codes[drawn]);
  }
}

TEST(SettledOrientation, DatasetJsonIsFollowedUnlessTheUserSaysOtherwise) {
  const TestFolder root;
  Dataset dataset = write_small_dataset(root.path());
  EXPECT_EQ(settled_orientation(dataset, "auto", ""), "RAS");
  dataset.orientation = "array";
  write_dataset_json(dataset);
  dataset = read_dataset(root.path());
  EXPECT_EQ(dataset.orientation, "array");
  EXPECT_EQ(settled_orientation(dataset, "auto", ""), "array");
  EXPECT_EQ(settled_orientation(dataset, "anatomical", ""), "RAS");
  EXPECT_EQ(settled_orientation(dataset, "LSP", ""), "LSP");
  EXPECT_THAT(message_of(ErrorCode::kUsage, [&] { settled_orientation(dataset, "RAX", ""); }),
              HasSubstr("prepare.orientation"));
  Json json = read_json(root / "dataset.json");
  json["orientation"] = 7;
  write_json(root / "dataset.json", json);
  EXPECT_THAT(message_of(ErrorCode::kInvalidData, [&] { read_dataset(root.path()); }),
              HasSubstr("orientation"));
}

TEST(SettledOrientation, ArraysAreLeftAloneWhenAskedFor) {
  const TestFolder root, cache;
  const Dataset dataset = write_small_dataset(root.path());
  const CaseStore store = CaseStore::build(dataset, {.orientation = "array"}, cache.path());
  const auto labels = store.at("a").labels(2);
  for (std::size_t p = 0; p < labels.size(); ++p) {
    const std::int32_t value = scribble_value(static_cast<std::int64_t>(2 * 30 + p));
    EXPECT_EQ(labels[p], value == 4 ? kNotAnnotated : value);
  }
}

TEST(CategoriesOfAFile, FollowTheSlicesAndAreLeftOutWhereTheyCannot) {
  const TestFolder root;
  Dataset dataset = write_small_dataset(root.path());
  fs::remove(label_path(dataset, "b"));
  write_categories(dataset, {{"b", {std::nullopt, complete_tags({true, false, true, false})}}});
  dataset = read_dataset(root.path());
  const auto of_slice = [&](std::int64_t k, const AxisOrder& order) {
    const TestFolder other, cache;
    fs::copy(root.path(), other.path(), fs::copy_options::recursive);
    store_again(read_dataset(other.path()), "b", order);
    const CaseStore store = CaseStore::build(read_dataset(other.path()), {}, cache.path());
    const auto flags = store.at("b").categories(k);
    return std::vector<int>(flags.begin(), flags.end());
  };
  EXPECT_THAT(of_slice(1, {}), ElementsAre(1, 0, 1, 0));
  EXPECT_THAT(of_slice(1, {{1, 0, 2}, {true, false, false}}), ElementsAre(1, 0, 1, 0));
  // The file counts from the other end now: its slice 1 is slice 2 of four.
  EXPECT_THAT(of_slice(2, {{0, 1, 2}, {false, false, true}}), ElementsAre(1, 0, 1, 0));
  EXPECT_THAT(of_slice(1, {{0, 1, 2}, {false, false, true}}), ElementsAre(255, 255, 255, 255));
  std::string warning;
  set_log_sink([&](LogLevel, const std::string& text) { warning = text; });
  EXPECT_THAT(of_slice(1, {{2, 1, 0}, {}}), ElementsAre(255, 255, 255, 255));
  set_log_sink({});
  EXPECT_THAT(warning, HasSubstr("case b: categories.json"));
}

TEST(CheckOrientation, MixedOrdersAreShownInOneLine) {
  const TestFolder root;
  Dataset dataset = write_small_dataset(root.path());
  store_again(dataset, "b", all_axis_orders()[9]);
  const auto lines = [&] {
    Findings found;
    for (const Finding& one : check_dataset(read_dataset(root.path()))) {
      if (one.id == "axis-orders") found.push_back(one);
    }
    return found;
  };
  ASSERT_EQ(lines().size(), 1u);
  EXPECT_EQ(lines()[0].severity, Severity::kInfo);
  EXPECT_THAT(to_line(lines()[0].problem), HasSubstr("LPS 3"));
  EXPECT_THAT(to_line(lines()[0].problem), HasSubstr("RAS"));
  dataset.orientation = "array";
  write_dataset_json(dataset);
  ASSERT_EQ(lines().size(), 1u);
  EXPECT_EQ(lines()[0].severity, Severity::kWarning);
}

}  // namespace
}  // namespace medcl
