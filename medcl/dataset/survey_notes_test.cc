// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/survey_notes.h"

#include <gmock/gmock.h>

namespace medcl {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

Survey drawn() {
  return {.cases = 7,
          .labelled = 5,
          .looked_at = 5,
          .slices = 200,
          .drawn_slices = 40,
          .orientation = "RAS",
          .pixel_mm = 1,
          .structure_mm = 60,
          .large_structure_mm = 70,
          .background_gap_mm = 8,
          .classes = {{"organ", 40, 60, 1}, {"vessel", 32, 9, 1}}};
}

TEST(SurveyNotes, SayWhatWasDrawn) {
  EXPECT_EQ(drawn_text(drawn()),
            "7 training cases: 5 with labels (scribbles); 40 of 200 slices drawn");
  EXPECT_EQ(classes_text(drawn()), "organ 40, vessel 32");
  Survey one = drawn();
  one.cases = one.labelled = one.looked_at = one.dense = one.slices = one.drawn_slices =
      one.dense_slices = 1;
  EXPECT_EQ(drawn_text(one), "1 training case: 1 with labels (dense masks); 1 of 1 slice drawn");
  one.classes.assign(30, {"part", 12});
  EXPECT_EQ(classes_text(one), "30 classes, 12 each");
  one.classes[4] = {"tip", 3};
  EXPECT_EQ(classes_text(one), "30 classes, from tip 3 to part 12");
  one.classes = {{"label 1", 16}, {"label 2", 24}};
  EXPECT_EQ(classes_text(one), "label 1: 16, label 2: 24");
}

TEST(SurveyNotes, SayWhichPixelsThereAre) {
  Survey survey = drawn();
  EXPECT_EQ(acquired_pixels_text(survey), "1 mm");
  survey.pixel_aspect = 4;
  EXPECT_TRUE(has_oblong_pixels(survey));
  EXPECT_EQ(acquired_pixels_text(survey), "2 x 0.5 mm");
  survey.most_pixel_mm = 3;
  EXPECT_TRUE(has_mixed_pixels(survey));
  EXPECT_EQ(acquired_pixels_text(survey), "1 to 3 mm");
}

TEST(SurveyNotes, SayHowLargeStructuresAre) {
  Survey survey = drawn();
  EXPECT_EQ(structures_text(survey), "60 mm across, up to 70 mm");
  survey.classes[1] = {"cell", 32, 900, 25, 21.6};
  EXPECT_TRUE(has_many_objects(survey));
  EXPECT_EQ(structures_text(survey), "cell: some 25 in a slice, 22 mm each");
  EXPECT_DOUBLE_EQ(near_mm(survey), 2.16) << "around one of them";
  survey.structure_mm = 0;
  EXPECT_EQ(structures_text(survey), "not drawn");
}

TEST(SurveyNotes, SpeakOfPixelsWhereNobodyKnowsTheirSize) {
  Survey survey = drawn();
  survey.units.pixels = true;
  EXPECT_EQ(structures_text(survey), "60 px across, up to 70 px");
  EXPECT_EQ(acquired_pixels_text(survey), "1 px");
  survey.background_gap_mm = 20;
  EXPECT_THAT(survey_warnings(survey),
              ElementsAre(AllOf(HasSubstr("20 px"), HasSubstr("within 6 px of the border"))));
}

TEST(SurveyNotes, SoundStrokesAreNoReasonToWarn) {
  EXPECT_THAT(survey_warnings(drawn()), IsEmpty());
}

TEST(SurveyNotes, TellHowNearToDrawBackground) {
  Survey far = drawn();
  far.background_gap_mm = 20;
  EXPECT_THAT(survey_warnings(far),
              ElementsAre(AllOf(HasSubstr("20 mm"), HasSubstr("within 6 mm of the border"))));
  far.background_gap_mm = 0;
  EXPECT_THAT(survey_warnings(far), ElementsAre(HasSubstr("nobody drew background")));
  far.dense = far.looked_at;
  far.dense_slices = far.drawn_slices;
  EXPECT_THAT(survey_warnings(far), IsEmpty()) << "masks have no strokes";
}

TEST(SurveyNotes, WarnOfWhatNobodyDrewAndOfAnotherPlane) {
  Survey survey = drawn();
  survey.classes[1].slices = 0;
  survey.drawn_orientation = "ASR";
  EXPECT_THAT(survey_warnings(survey),
              ElementsAre(HasSubstr("vessel"), HasSubstr("prepare.orientation=ASR")));
  survey.drawn_slices = 0;
  EXPECT_THAT(survey_warnings(survey), ElementsAre(HasSubstr("nobody has drawn")));
}

TEST(SurveyNotes, AskWhetherAClassAroundAllOthersIsTheBackground) {
  Survey survey = drawn();
  survey.background_gap_mm = 0;
  EXPECT_THAT(survey_warnings(survey),
              ElementsAre(Not(HasSubstr("is \"vessel\" the background?"))));
  survey.classes[1].around_share = 0.9;
  EXPECT_THAT(survey_warnings(survey), ElementsAre(AllOf(HasSubstr("is \"vessel\" the background?"),
                                                         HasSubstr("--map vessel=background"))));
  survey.background_gap_mm = 8;
  EXPECT_THAT(survey_warnings(survey), IsEmpty()) << "background was drawn";
}

TEST(SurveyNotes, TellOfKindsOfScansInOneDatasetAndOfEmptyImages) {
  Survey survey = drawn();
  survey.hounsfield = 7;
  EXPECT_THAT(survey_warnings(survey), IsEmpty());
  survey.unsigned_intensities = 2;
  EXPECT_THAT(survey_warnings(survey), ElementsAre(HasSubstr("of 7 cases look like Hounsfield")));
  survey.unsigned_intensities = 0;
  survey.constant = 1;
  EXPECT_THAT(survey_warnings(survey), ElementsAre(HasSubstr("in 1 case the image holds one")));
}

}  // namespace
}  // namespace medcl
