// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>

#include "medcl/format/toml.h"

namespace medcl {
namespace {

Survey hearts() {
  return {.cases = 25,
          .labelled = 5,
          .slices = 380,
          .drawn_slices = 76,
          .orientation = "array",
          .pixel_mm = 0.74,
          .slice_distance_mm = 5,
          .field_mm = 350,
          .structure_mm = 85,
          .large_structure_mm = 108,
          .background_gap_mm = 10,
          .background_far_mm = 40,
          .annotated_share = 0.05,
          .classes = {{"RV", 60, 40, 1}, {"MYO", 70, 60, 1}, {"LV", 70, 35, 1}}};
}

Survey hippocampi() {
  Survey survey = hearts();
  survey.pixel_mm = survey.slice_distance_mm = 1;
  survey.field_mm = 51;
  survey.structure_mm = 20;
  survey.large_structure_mm = 32;
  return survey;
}

Survey nuclei() {
  Survey survey = hearts();
  survey.pictures = true;
  survey.pixel_mm = 1;
  survey.field_mm = 360;
  survey.large_structure_mm = 350;
  survey.units.pixels = true;
  survey.classes = {{"nucleus", 5, 300, 25, 22}};
  return survey;
}

std::map<std::string, std::string> values(const Survey& survey, const PlanSurroundings& around) {
  std::map<std::string, std::string> values;
  for (const PlannedOption& one : planned_options(survey, around)) {
    EXPECT_FALSE(one.reason.empty()) << one.name;
    EXPECT_TRUE(values.emplace(one.name, one.value).second) << one.name << " twice";
  }
  return values;
}

double number(const std::map<std::string, std::string>& plan, const std::string& name) {
  return std::stod(plan.at(name));
}

TEST(Plan, ACropHoldsTheStructuresAndWhatIsAroundThem) {
  auto plan = values(hearts(), {.threads = 2, .time_s = 1500});
  EXPECT_EQ(plan["crop.size"], "144");
  EXPECT_NEAR(number(plan, "prepare.spacing_mm"), 2.4 * (108 + 10) / 144, 0.02);
  EXPECT_NEAR(number(plan, "prepare.reach_mm"), 71, 1);
  EXPECT_EQ(plan["crop.flip"], "0.0");
}

TEST(Plan, PixelsAreNoCoarserThanTheThinnestClassAllows) {
  Survey thin = hearts();
  thin.classes[1].half_width_mm = 1.9;
  auto plan = values(thin, {.threads = 1, .time_s = 240});
  EXPECT_NEAR(number(plan, "prepare.spacing_mm"), 1.9 / 1.25, 0.01);
  EXPECT_GE(number(plan, "crop.size"), 64) << "what the time allows, though it shows a part";
  thin.classes[1].half_width_mm = 0.8;
  EXPECT_EQ(values(thin, {.threads = 1, .time_s = 240})["prepare.spacing_mm"], "0.0")
      << "never finer than acquired";
  thin.classes[1].half_width_mm = 30;
  EXPECT_EQ(values(thin, {.threads = 1, .time_s = 240}),
            values(hearts(), {.threads = 1, .time_s = 240}));
}

TEST(Plan, ThinStructuresAllOverTheImageAreShownFiner) {
  Survey vessels = hearts();
  vessels.classes = {{"vessel", 76, 400, 1, 0, 1.9}};
  vessels.large_structure_mm = 300;  // of 350: the image is less than 2.4 times as large
  const auto plan = values(vessels, {.threads = 1, .time_s = 240});
  EXPECT_EQ(plan.at("prepare.spacing_mm"), "0.0") << "1.9 / 3 is finer than .74";
  vessels.classes.front().half_width_mm = 3.9;
  EXPECT_NEAR(number(values(vessels, {.threads = 1, .time_s = 240}), "prepare.spacing_mm"), 1.3,
              0.01);
}

TEST(Plan, SaysHowMuchThinStructuresLeaveOfACropAndWhatShowsAllOfIt) {
  Survey thin = hearts();
  thin.classes[1].half_width_mm = 1.9;
  const PlanSurroundings around{.threads = 1, .time_s = 1500};
  const auto options = planned_options(thin, around);
  const auto pixels = std::ranges::find(options, "prepare.spacing_mm", &PlannedOption::name);
  ASSERT_NE(pixels, options.end());
  EXPECT_NE(pixels->reason.find("a crop shows 219 of 283 mm"), std::string::npos)
      << pixels->reason << ": 144 pixels of 1.52 mm, of 2.4 (108 + 10) mm";
  EXPECT_NE(pixels->reason.find("try 1.97"), std::string::npos) << pixels->reason;
}

TEST(Plan, SmallImagesKeepTheirPixels) {
  auto plan = values(hippocampi(), {.threads = 1, .time_s = 240});
  EXPECT_EQ(plan["crop.size"], "48") << "nearly the image of 51 pixels";
  EXPECT_EQ(plan["prepare.spacing_mm"], "0.0");
}

TEST(Plan, LessTimeMakesCoarserPixelsNotASmallerView) {
  const auto slow = values(hearts(), {.threads = 1, .time_s = 120});
  const auto quick = values(hearts(), {.threads = 8, .time_s = 3600});
  EXPECT_LT(number(slow, "crop.size"), number(quick, "crop.size"));
  const auto view_mm = [](const auto& plan) {
    return number(plan, "crop.size") * number(plan, "prepare.spacing_mm");
  };
  EXPECT_NEAR(view_mm(slow), view_mm(quick), 0.05 * view_mm(quick));
}

TEST(Plan, ManyObjectsKeepTheirPixelsAndNothingIsTakenForBackground) {
  auto plan = values(nuclei(), {.threads = 1, .time_s = 240});
  EXPECT_EQ(plan["prepare.spacing_mm"], "0.0");
  EXPECT_EQ(plan["prepare.reach_mm"], "0.0");
  EXPECT_EQ(plan["crop.flip"], "0.5");
}

TEST(Plan, ManyLargeObjectsAreShownWhole) {
  Survey survey = nuclei();
  survey.field_mm = 4000;
  survey.classes = {{"cell", 5, 300, 6, 261}};
  const auto plan = values(survey, {.threads = 2, .time_s = 1500});
  EXPECT_EQ(plan.at("crop.size"), "144");
  EXPECT_NEAR(number(plan, "prepare.spacing_mm"), 2.4 * 261 / 144, 0.05);
}

TEST(Plan, OfPicturesWithoutASizeSpeaksOfPixels) {
  Survey survey = nuclei();
  const auto no_mm = [&] {
    for (const PlannedOption& one : planned_options(survey, {.threads = 1, .time_s = 240})) {
      EXPECT_EQ(one.reason.find("mm"), std::string::npos) << one.name << ": " << one.reason;
    }
  };
  no_mm();
  survey.classes.front().objects = 1;
  no_mm();
  survey.classes.front().half_width_mm = 5;
  no_mm();
  survey.large_structure_mm = 40;
  no_mm();
  survey.most_pixel_mm = 3;
  no_mm();
}

TEST(Plan, OfManyObjectsTellsTheSizeOfOne) {
  const auto plan = planned_options(nuclei(), {.threads = 1, .time_s = 240});
  const auto crop = std::ranges::find(plan, "crop.size", &PlannedOption::name);
  ASSERT_NE(crop, plan.end());
  EXPECT_EQ(crop->reason, "structures: nucleus: some 25 in a slice, 22 px each; image: 360 px");
}

TEST(Plan, HounsfieldUnitsKeepOneScale) {
  Survey ct = hearts();
  ct.hounsfield = 20;
  EXPECT_EQ(values(ct, {})["prepare.normalisation"], "\"volume-zscore\"");
  EXPECT_EQ(values(hearts(), {})["prepare.normalisation"], "\"slice-zscore\"");
  ct.drawn_low = 10;
  ct.drawn_high = 210;
  auto plan = values(ct, {});
  EXPECT_EQ(plan["prepare.normalisation"], "\"window\"");
  EXPECT_EQ(number(plan, "prepare.window_low"), -90);
  EXPECT_EQ(number(plan, "prepare.window_high"), 310);
  ct.drawn_high = 20;
  EXPECT_EQ(number(values(ct, {}), "prepare.window_high"), 70)
      << "one tissue alone shows no border";
  ct.unsigned_intensities = 3;
  EXPECT_EQ(values(ct, {})["prepare.normalisation"], "\"slice-zscore\"") << "MR among CT";
}

TEST(Plan, HasTheEndThatWasGivenElseOneOfItsOwn) {
  EXPECT_EQ(values(hearts(), {}).at("train.time_s"), "1500.0");
  EXPECT_EQ(values(hearts(), {.time_s = 60}).at("train.time_s"), "60.0");
  const auto by_steps = values(hearts(), {.steps = 70});
  EXPECT_EQ(by_steps.at("train.steps"), "70");
  EXPECT_EQ(by_steps.count("train.time_s"), 0u);
}

TEST(Plan, FollowsWhatIsGiven) {
  auto plan = values(hearts(), {.time_s = 1500, .crop_size = 96});
  EXPECT_EQ(plan["crop.size"], "96");
  EXPECT_NEAR(number(plan, "prepare.spacing_mm"), 2.4 * (108 + 10) / 96, 0.02);
  plan = values(hearts(), {.time_s = 1500, .spacing_mm = 2.1});
  EXPECT_EQ(plan["crop.size"], "144") << "283 mm in pixels of 2.1 mm";
  EXPECT_EQ(plan["prepare.spacing_mm"], "2.1");
  plan = values(hearts(), {.time_s = 1500, .crop_size = 212, .spacing_mm = 0});
  EXPECT_EQ(plan["crop.size"], "212");
  EXPECT_EQ(plan["prepare.spacing_mm"], "0.0") << "as acquired";
}

TEST(Plan, SidesAreMultiplesThatTheNetworkTakes) {
  EXPECT_EQ(values(hearts(), {.time_s = 1500, .multiple = 64}).at("crop.size"), "128");
  EXPECT_EQ(values(hippocampi(), {.time_s = 1500, .multiple = 128}).at("crop.size"), "128");
  EXPECT_EQ(values(hearts(), {.time_s = 1500, .most_side = 80}).at("crop.size"), "80");
}

TEST(Plan, CostlierStepsAreTakenOnCoarserPixels) {
  const auto cheap = values(hearts(), {.time_s = 300, .step_cost = 0.5});
  const auto costly = values(hearts(), {.time_s = 300, .step_cost = 2});
  EXPECT_GT(number(cheap, "crop.size"), number(costly, "crop.size"));
  EXPECT_LT(number(cheap, "prepare.spacing_mm"), number(costly, "prepare.spacing_mm"));
}

TEST(Plan, PixelsOfSeveralSizesBecomeOne) {
  Survey mixed = hippocampi();
  mixed.least_pixel_mm = 0.5;
  mixed.most_pixel_mm = 2;
  EXPECT_EQ(values(mixed, {}).at("prepare.spacing_mm"), "1");
  mixed.least_pixel_mm = 0.95;
  mixed.most_pixel_mm = 1.05;
  EXPECT_EQ(values(mixed, {}).at("prepare.spacing_mm"), "0.0");
  Survey oblong = hippocampi();
  oblong.pixel_aspect = 2;
  EXPECT_EQ(values(oblong, {}).at("prepare.spacing_mm"), "1");
}

TEST(Plan, BeforeAnybodyDrewRestsOnTheImages) {
  Survey blank = hearts();
  blank.structure_mm = blank.large_structure_mm = blank.background_gap_mm = 0;
  for (const PlannedOption& one : planned_options(blank, {})) {
    EXPECT_EQ(one.reason.find(" 0 mm"), std::string::npos) << one.name << ": " << one.reason;
  }
  EXPECT_EQ(values(blank, {}).at("prepare.reach_mm"), "0.0");
}

TEST(Plan, MasksLeaveNothingToBeAssumed) {
  Survey masks = hearts();
  masks.looked_at = masks.dense = masks.labelled;
  masks.dense_slices = masks.drawn_slices;
  EXPECT_EQ(values(masks, {}).at("prepare.reach_mm"), "0.0");
}

TEST(Plan, AGivenNumberOfEpochsIsAnEnd) {
  EXPECT_EQ(values(hearts(), {.epochs = 3}).count("train.time_s"), 0U);
}

TEST(Plan, OfAnyDataIsACropThatANetworkTakes) {
  for (const double field_mm : {4.0, 64.0, 512.0, 4000.0}) {
    for (const double structure_mm : {0.0, 1.0, 30.0, 5000.0}) {
      for (const double pixel_mm : {0.001, 0.5, 3.0}) {
        for (const std::int64_t threads : {1, 2, 64}) {
          Survey survey = hearts();
          survey.field_mm = field_mm;
          survey.structure_mm = survey.large_structure_mm = structure_mm;
          survey.pixel_mm = pixel_mm;
          const auto plan = values(survey, {.threads = threads, .time_s = 1});
          const auto side = static_cast<std::int64_t>(number(plan, "crop.size"));
          EXPECT_EQ(side % 16, 0);
          EXPECT_GE(side, 32);
          EXPECT_LE(side, 256);
          EXPECT_GE(number(plan, "prepare.spacing_mm"), 0);
        }
      }
    }
  }
}

TEST(Plan, IsAConfigurationFileWithAReasonForEachLine) {
  const auto plan = planned_options(hearts(), {});
  const std::string text = plan_text({"Hearts.", "Many."}, plan);
  EXPECT_TRUE(text.starts_with("# Hearts.\n# Many.\n[prepare]\n")) << text;
  std::deque<std::string> words;
  std::deque<double> numbers;
  OptionTable table;
  for (const PlannedOption& one : plan) {
    EXPECT_NE(text.find("# " + one.reason + "\n"), std::string::npos) << one.name;
    if (one.value.front() == '"') {
      table.add(one.name, words.emplace_back(), "");
    } else {
      table.add(one.name, numbers.emplace_back(-1), "", -2, 1e6);
    }
  }
  apply_toml(table, text, "plan");
  EXPECT_EQ(std::ranges::count(words, ""), 0);
  EXPECT_EQ(std::ranges::count(numbers, -1), 0);
}

}  // namespace
}  // namespace medcl
