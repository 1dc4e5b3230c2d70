// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/fingerprint.h"

#include <gmock/gmock.h>

#include "medcl/dataset/test_volumes.h"

namespace medcl {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

CaseLook look(double mean, Point3 spacing_mm = {1, 1, 8}) { return {spacing_mm, {{mean, 50}}}; }

/// Deviation of the means 10.
Fingerprint five_cases() {
  return fingerprint_of(
      {look(90), look(90), look(100, {1.2, 1.2, 8}), look(110), look(110, {1, 1, 10})});
}

TEST(Fingerprint, LookIsSpacingMeanAndDeviationOfTheVoxels) {
  const Geometry geometry = small_geometry({2, 2, 1});
  Loaded<float> first, second;
  first.volume = {geometry, {1, 2, 3, 6}};
  second.volume = {geometry, {-5, -5, -5, -5}};
  const CaseLook found = look_of({first, second});
  EXPECT_EQ(found.spacing_mm, (Point3{0.75, 0.5, 5}));
  ASSERT_EQ(found.channels.size(), 2U);
  EXPECT_DOUBLE_EQ(found.channels[0].mean, 3);
  EXPECT_DOUBLE_EQ(found.channels[0].deviation, std::sqrt(14.0 / 4));
  EXPECT_DOUBLE_EQ(found.channels[1].mean, -5);
  EXPECT_EQ(found.channels[1].deviation, 0);
}

TEST(Fingerprint, SpacingIsInTheOrderThatTheNetworkSees) {
  Loaded<float> sagittal;
  sagittal.volume = {{{2, 3, 2}, {{{0, 0, 5, 0}, {-0.5, 0, 0, 0}, {0, 0.75, 0, 0}}}},
                     std::vector<float>(12, 1)};
  const CaseLook found = look_of({sagittal}, {.orientation = "ASR"});
  EXPECT_EQ(found.spacing_mm, (Point3{0.5, 0.75, 5}));
  EXPECT_EQ(look_of({sagittal}, {.orientation = "RAS"}).spacing_mm, (Point3{5, 0.5, 0.75}));
  EXPECT_EQ(found.stored_order, "PSR");
  EXPECT_EQ(found.slice_axis, "R");
}

TEST(Fingerprint, UnknownOrdersAndPlanesAreNamed) {
  CaseLook first = look(100), second = look(100), scan = look(100);
  first.stored_order = "PSR";
  second.stored_order = "LSP";
  first.slice_axis = second.slice_axis = "R";
  const Fingerprint training = fingerprint_of({first, second});
  EXPECT_EQ(Fingerprint::from_json(training.to_json(), "x").to_json(), training.to_json());
  const PrepareOptions array{.orientation = "array"}, settled{.orientation = "ASR"};
  scan.stored_order = "LSP";
  scan.slice_axis = "R";
  EXPECT_EQ(unlike_training(scan, training, {"LGE"}, array), "");
  EXPECT_EQ(unlike_training(scan, training, {"LGE"}, settled), "");
  scan.stored_order = "RAS";
  EXPECT_THAT(unlike_training(scan, training, {"LGE"}, array),
              HasSubstr("stored as RAS against LSP or PSR"));
  EXPECT_EQ(unlike_training(scan, training, {"LGE"}, settled), "") << "it will be reordered";
  scan.slice_axis = "S";
  EXPECT_THAT(unlike_training(scan, training, {"LGE"}, settled),
              HasSubstr("across the axis S against R"));
  const Fingerprint unknown = fingerprint_of({look(100), look(100)});
  EXPECT_EQ(unlike_training(scan, unknown, {"LGE"}, array), "") << "a model of earlier days";
}

/// Of `air`, `body` and `bone` voxels, with `shift` added to all of them.
CaseLook scan_through_window(std::size_t air, std::size_t body, std::size_t bone, float shift) {
  Loaded<float> scan;
  scan.volume.geometry = small_geometry({static_cast<std::int64_t>(air + body + bone), 1, 1});
  for (std::size_t n = 0; n < air + body + bone; ++n) {
    scan.volume.voxels.push_back(shift + (n < air ? -1000.0F : n < air + body ? 40.0F : 900.0F));
  }
  return look_of({scan}, {.normalisation = Normalisation::kWindow});
}

TEST(Fingerprint, AWindowTellsTheSharesThatItClips) {
  const CaseLook look = scan_through_window(5, 3, 2, 0);
  ASSERT_TRUE(look.channels[0].clipped);
  EXPECT_DOUBLE_EQ(look.channels[0].clipped->below, 0.5);
  EXPECT_DOUBLE_EQ(look.channels[0].clipped->above, 0.2);
  EXPECT_EQ(CaseLook::from_json(look.to_json(), "x").to_json(), look.to_json());
  Loaded<float> scan;
  scan.volume = {small_geometry({1, 1, 1}), {5000}};
  EXPECT_FALSE(look_of({scan}).channels[0].clipped) << "other normalisations clip nothing so";
}

TEST(Fingerprint, ScansInAnotherUnitThanThatOfTheWindowAreNamed) {
  const PrepareOptions window{.normalisation = Normalisation::kWindow};
  const Fingerprint training =
      fingerprint_of({scan_through_window(50, 45, 5, 0), scan_through_window(60, 39, 1, 0)});
  EXPECT_EQ(Fingerprint::from_json(training.to_json(), "x").to_json(), training.to_json());
  EXPECT_EQ(unlike_training(scan_through_window(55, 43, 2, 0), training, {"CT"}, window), "");
  EXPECT_EQ(unlike_training(scan_through_window(31, 45, 24, 0), training, {"CT"}, window), "");
  const std::string stored_with_offset =
      unlike_training(scan_through_window(55, 43, 2, 1024), training, {"CT"}, window);
  EXPECT_THAT(stored_with_offset,
              HasSubstr("0 % of the voxels of CT below the window (-160) against 50..60 %"));
  EXPECT_THAT(stored_with_offset,
              HasSubstr("45 % of the voxels of CT above the window (240) against 1..5 %"));
  const CaseLook magnetic{{1, 1, 1}, {{200, 100, ClippedShares{0, 0.1}}}};
  EXPECT_THAT(unlike_training(magnetic, training, {"CT"}, window), HasSubstr("below the window"));
}

TEST(Fingerprint, SumsUpTheCases) {
  const Fingerprint training = five_cases();
  EXPECT_EQ(training.cases, 5);
  EXPECT_EQ(training.smallest_spacing_mm, (Point3{1, 1, 8}));
  EXPECT_EQ(training.largest_spacing_mm, (Point3{1.2, 1.2, 10}));
  EXPECT_DOUBLE_EQ(training.channels[0].mean, 100);
  EXPECT_DOUBLE_EQ(training.channels[0].deviation_between, 10);
  EXPECT_DOUBLE_EQ(training.channels[0].deviation_within, 50);
}

TEST(Fingerprint, ComesBackFromJson) {
  const Fingerprint training = five_cases();
  EXPECT_EQ(Fingerprint::from_json(training.to_json(), "x").to_json(), training.to_json());
  const CaseLook one = look(7.25, {0.5, 0.75, 3});
  EXPECT_EQ(CaseLook::from_json(one.to_json(), "x").to_json(), one.to_json());
}

TEST(Fingerprint, BrokenJsonNamesTheFile) {
  for (const char* text : {"{}", "[]", "7", R"({"cases": "many"})"}) {
    const Json json = parse_json(text, "x");
    EXPECT_THAT(message_of(ErrorCode::kIo, [&] { Fingerprint::from_json(json, "model.json"); }),
                HasSubstr("model.json"));
    EXPECT_THAT(message_of(ErrorCode::kIo, [&] { CaseLook::from_json(json, "a.safetensors"); }),
                HasSubstr("a.safetensors"));
  }
}

TEST(Fingerprint, CasesLikeTheTrainingSetAreNotNamed) {
  EXPECT_EQ(unlike_training(look(100), five_cases(), {"LGE"}), "");
  EXPECT_EQ(unlike_training(look(129.9, {1.79, 0.67, 14.9}), five_cases(), {"LGE"}), "");
}

TEST(Fingerprint, SpacingBeyondOneAndAHalfIsNamed) {
  for (const Point3 spacing_mm : {Point3{1.81, 1, 8}, Point3{1, 0.66, 8}, Point3{1, 1, 15.1}}) {
    EXPECT_THAT(unlike_training(look(100, spacing_mm), five_cases(), {"LGE"}),
                HasSubstr("against 1..1.2 x 1..1.2 x 8..10 mm"));
  }
}

TEST(Fingerprint, MeansBeyondThreeDeviationsAreNamed) {
  for (const double mean : {130.1, 69.9, -1000.0}) {
    const std::string text = unlike_training(look(mean), five_cases(), {"LGE"});
    EXPECT_THAT(text, HasSubstr("mean intensity of LGE"));
    EXPECT_THAT(text, HasSubstr("against 100 +- 10"));
    EXPECT_THAT(text, Not(HasSubstr("voxels")));
  }
}

TEST(Fingerprint, FewCasesAreJudgedByTheDeviationInsideThem) {
  const Fingerprint training = fingerprint_of({look(100), look(100)});
  EXPECT_EQ(unlike_training(look(249), training, {"LGE"}), "");
  EXPECT_THAT(unlike_training(look(251), training, {"LGE"}), HasSubstr("100 +- 50"));
}

TEST(Fingerprint, EqualCasesDoNotMakeEveryOtherStrange) {
  const Fingerprint training = fingerprint_of(std::vector<CaseLook>(5, look(100)));
  EXPECT_EQ(unlike_training(look(114), training, {"LGE"}), "");
  EXPECT_NE(unlike_training(look(116), training, {"LGE"}), "");
}

TEST(Fingerprint, AnotherNumberOfChannelsIsNamed) {
  const CaseLook two{{1, 1, 8}, {{100, 50}, {100, 50}}};
  EXPECT_THAT(unlike_training(two, five_cases(), {"LGE"}), HasSubstr("2 channels against 1"));
}

}  // namespace
}  // namespace medcl
