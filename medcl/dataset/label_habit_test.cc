// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/label_habit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "medcl/dataset/label_map.h"
#include "medcl/dataset/phantom.h"
#include "medcl/dataset/scribble.h"
#include "medcl/dataset/test_volumes.h"

namespace medcl {
namespace {

using Indices = std::vector<std::uint8_t>;

constexpr std::int64_t kSide = 96, kSlices = 3;

struct Scene {
  Image image;
  Indices dense;
};

/// Class class_at(x, y, k), 100 grey levels apart, in noise of 50.
Scene scene(const std::function<std::uint8_t(double, double, int)>& class_at,
            std::uint64_t seed = 1) {
  RandomStream random({.seed = seed, .purpose = Purpose::kTest});
  Scene made{{small_geometry({kSide, kSide, kSlices}), {}}, {}};
  for (int k = 0; k < kSlices; ++k) {
    for (std::int64_t p = 0; p < kSide * kSide; ++p) {
      const std::uint8_t index =
          class_at(static_cast<double>(p % kSide), static_cast<double>(p / kSide), k);
      made.dense.push_back(index);
      made.image.voxels.push_back(static_cast<float>(200 + 100 * index + 50 * random.normal()));
    }
  }
  return made;
}

LabelHabit habit(const Scene& scene, const Indices& indices, bool declared = true) {
  return habit_of(indices, scene.image, declared).habit;
}

double from(double x, double y, double cx, double cy) { return std::hypot(x - cx, y - cy); }

std::uint8_t two_organs(double x, double y, int k) {
  if (from(x, y, 30, 40 + k) < 18) return 1;
  return from(x, y, 70, 60 - k) < 12 ? 2 : 0;
}

/// What a person draws through the middle of two_organs, and a band of background.
std::uint8_t two_strokes(double x, double y, int k, std::uint8_t background) {
  if (std::abs(y - 40 - k) <= 1 && std::abs(x - 30) < 12) return 1;
  if (std::abs(x - 70) <= 1 && std::abs(y - 60 + k) < 8) return 2;
  return std::abs(y - 90) <= 1 ? background : kNotAnnotated;
}

/// Strokes with `undrawn` where nobody drew and `background` on the strokes of background.
Indices strokes(std::uint8_t undrawn, std::uint8_t background) {
  Indices indices;
  for (int k = 0; k < kSlices; ++k) {
    for (std::int64_t p = 0; p < kSide * kSide; ++p) {
      const std::uint8_t drawn =
          two_strokes(static_cast<double>(p % kSide), static_cast<double>(p / kSide), k, 0);
      indices.push_back(drawn == kNotAnnotated ? undrawn : drawn == 0 ? background : drawn);
    }
  }
  return indices;
}

TEST(LabelHabit, TellsStrokesFromMasks) {
  const Scene organs = scene(two_organs);
  EXPECT_EQ(habit(organs, organs.dense), LabelHabit::kDense);
  EXPECT_EQ(habit(organs, strokes(kNotAnnotated, 0)), LabelHabit::kScribbles);
  for (const bool declared : {true, false}) {
    EXPECT_EQ(habit(organs, strokes(0, 0), declared), LabelHabit::kZeroIsUndrawn);
    EXPECT_EQ(habit(organs, strokes(0, kNotAnnotated), declared), LabelHabit::kIgnoreSwapped);
  }
  const std::string text = describe(habit_of(strokes(0, 0), organs.image, true));
  EXPECT_NE(text.find("strokes about 3 pixels wide"), std::string::npos) << text;
}

/// The outermost pixels of each of two_organs; the first is filled with `inside`.
Indices outlines_of_two_organs(std::uint8_t inside) {
  Indices indices;
  for (int k = 0; k < kSlices; ++k) {
    for (std::int64_t p = 0; p < kSide * kSide; ++p) {
      const auto x = static_cast<double>(p % kSide), y = static_cast<double>(p / kSide);
      const double first = from(x, y, 30, 40 + k), second = from(x, y, 70, 60 - k);
      const bool drawn = (first >= 17 && first < 18) || (second >= 11 && second < 12);
      const std::uint8_t filling = first < 17 ? inside : std::uint8_t{0};
      indices.push_back(drawn ? two_organs(x, y, k) : filling);
    }
  }
  return indices;
}

TEST(LabelHabit, OutlinesAreToldFromFilledOrgans) {
  const Scene organs = scene(two_organs);
  for (const bool declared : {true, false}) {
    EXPECT_EQ(habit(organs, outlines_of_two_organs(0), declared), LabelHabit::kOutlines);
    EXPECT_EQ(habit(organs, outlines_of_two_organs(3), declared), LabelHabit::kDense);
  }
}

TEST(LabelHabit, DenseMasksOfThinAndSmallThingsStayDense) {
  const std::vector<std::pair<const char*, std::function<std::uint8_t(double, double, int)>>>
      scenes = {
          {"nuclei",
           [](double x, double y, int) {
             return from(std::fmod(x, 16), std::fmod(y, 16), 8, 8) < 4 ? 1 : 0;
           }},
          {"one small organ",
           [](double x, double y, int) { return from(x, y, 50, 50) < 5 ? 1 : 0; }},
          {"vessels",
           [](double x, double y, int k) {
             const double wave = 48 + 20 * std::sin(x / 15 + k);
             return std::abs(y - wave) < 1.5 || std::abs(x - y / 2 - 20) < 1 ? 1 : 0;
           }},
          {"a thin wall",
           [](double x, double y, int) { return std::abs(from(x, y, 48, 48) - 20) < 2 ? 1 : 0; }},
          {"nothing", [](double, double, int) { return 0; }},
      };
  for (const auto& [name, class_at] : scenes) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      const Scene made = scene(class_at, seed);
      for (const bool declared : {true, false}) {
        EXPECT_EQ(habit(made, made.dense, declared), LabelHabit::kDense) << name;
        Indices bordered = made.dense;  // a mask whose doubtful corner is left out is no swap
        for (std::size_t v = 0; v < 300; ++v) bordered[v] = kNotAnnotated;
        EXPECT_EQ(habit(made, bordered, declared), LabelHabit::kScribbles) << name;
      }
    }
  }
}

TEST(LabelHabit, TellsScribblesOfPhantomsFromTheirMasks) {
  for (std::uint32_t number = 0; number < 6; ++number) {
    const PhantomCase phantom = make_phantom({}, number);
    const Labels& truth = phantom.dense;
    const LabelMap map{{{"background", 0}, {"RV", 1}, {"MYO", 2}, {"LV", 3}}, 4};
    const Labels drawn = simulate_scribbles(truth, map, {}, number, "phantom");
    Indices dense, undrawn, swapped;
    for (std::size_t v = 0; v < truth.voxels.size(); ++v) {
      const std::int32_t value = drawn.voxels[v];
      dense.push_back(static_cast<std::uint8_t>(truth.voxels[v]));
      undrawn.push_back(static_cast<std::uint8_t>(value == 4 ? 0 : value));
      swapped.push_back(static_cast<std::uint8_t>(value == 4 ? 0 : value == 0 ? 255 : value));
    }
    const auto found = [&](const Indices& indices) {
      return habit_of(indices, phantom.image, true);
    };
    EXPECT_EQ(found(dense).habit, LabelHabit::kDense);
    EXPECT_EQ(found(undrawn).habit, LabelHabit::kZeroIsUndrawn)
        << describe(found(undrawn)) << " " << found(undrawn).border;
    EXPECT_EQ(found(swapped).habit, LabelHabit::kIgnoreSwapped);
  }
}

TEST(LabelHabit, MasksThatTouchEachOtherStayMasksHoweverThinAndFaint) {
  // A wall of two pixels around a cavity of three, the grey of their surroundings.
  Scene heart = scene([](double x, double y, int) -> std::uint8_t {
    const double r = from(x, y, 48, 48);
    if (r < 2) return 1;
    return r < 4 ? 2 : 0;
  });
  std::ranges::fill(heart.image.voxels, 200.0F);
  EXPECT_EQ(habit(heart, heart.dense), LabelHabit::kDense);
  EXPECT_EQ(habit(heart, heart.dense, false), LabelHabit::kDense);
}

TEST(LabelHabit, EvidenceIsReadBack) {
  for (const LabelHabit one :
       {LabelHabit::kDense, LabelHabit::kScribbles, LabelHabit::kZeroIsUndrawn,
        LabelHabit::kIgnoreSwapped, LabelHabit::kOutlines}) {
    const HabitEvidence evidence{one, 0.9375, 0.0625, 3, 0};
    const auto again = habit_from_text(to_text(evidence));
    ASSERT_TRUE(again.has_value());
    EXPECT_EQ(again->habit, one);
    EXPECT_EQ(describe(*again), describe(evidence));
  }
  for (const char* text : {"", "5 1 1 1", "-1 1 1 1", "0 1 1", "0 1 1 1 1", "dense"}) {
    EXPECT_FALSE(habit_from_text(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace medcl
