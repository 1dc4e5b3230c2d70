// SPDX-License-Identifier: Apache-2.0
#include "medcl/task/alarms.h"

#include <gmock/gmock.h>

#include <regex>

#include "medcl/task/config.h"

namespace medcl {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::vector<std::string> ids(const std::vector<Alarm>& alarms) {
  std::vector<std::string> ids;
  for (const Alarm& one : alarms) ids.push_back(one.id);
  return ids;
}

OptionNames options_of(const std::string& method, const std::string& network) {
  RunOptions options =
      resolve_options("phantom", "", {"method.name=" + method, "network.name=" + network});
  OptionNames names;
  const OptionTable table = options.table();
  for (const Option& one : table.options()) names.insert(one.name);
  return names;
}

std::vector<Alarm> alarms_of(const std::vector<ClassVolume>& volumes, LabelKind learned_from,
                             LabelKind judged_on) {
  return alarms_of(volumes, learned_from, judged_on, options_of("pce", "unet"));
}

std::vector<Alarm> of_strokes(const std::vector<ClassVolume>& volumes) {
  return alarms_of(volumes, LabelKind::kStrokes, LabelKind::kStrokes);
}

/// The words of a text that look like options: "scribble.balance", "prepare.spacing_mm".
std::vector<std::string> options_in(const std::string& text) {
  const std::regex pattern("[a-z_]+\\.[a-z_]+");
  std::vector<std::string> names;
  for (std::sregex_iterator at(text.begin(), text.end(), pattern), end; at != end; ++at) {
    names.push_back(at->str());
  }
  return names;
}

TEST(Alarms, NothingButBackgroundIsOneAlarmNotOnePerClass) {
  EXPECT_THAT(ids(of_strokes({{"RV", 0, 50}, {"LV", 0, 70}})), ElementsAre("nothing-found"));
}

TEST(Alarms, AClassThatIsNeverFoundIsNamed) {
  const auto alarms = of_strokes({{"RV", 0, 50}, {"LV", 70, 70}});
  EXPECT_THAT(ids(alarms), ElementsAre("class-not-found"));
  EXPECT_THAT(alarms[0].text, HasSubstr("RV"));
  EXPECT_THAT(alarms[0].text, Not(HasSubstr("LV")));
}

TEST(Alarms, VolumesAreJudgedByTheirFactor) {
  EXPECT_TRUE(of_strokes({{"RV", 149, 100}, {"LV", 67, 100}}).empty());
  const auto alarms = of_strokes({{"RV", 151, 100}, {"LV", 66, 100}});
  EXPECT_THAT(ids(alarms), ElementsAre("too-large", "too-small"));
  EXPECT_THAT(alarms[0].text, HasSubstr("RV 1.51"));
  EXPECT_THAT(alarms[1].text, HasSubstr("LV 0.66"));
}

TEST(Alarms, OfMasksDoNotSpeakOfStrokes) {
  const std::vector<std::vector<ClassVolume>> cases{
      {{"RV", 0, 50}}, {{"RV", 0, 50}, {"LV", 160, 100}, {"MYO", 20, 100}}};
  for (const auto& volumes : cases) {
    const auto masks = alarms_of(volumes, LabelKind::kMasks, LabelKind::kMasks);
    EXPECT_EQ(ids(masks), ids(of_strokes(volumes)));
    for (const Alarm& one : masks) {
      EXPECT_THAT(one.text, HasSubstr("Likely: ")) << one.id;
      for (const char* word : {"stroke", "draw", "Draw"})
        EXPECT_THAT(one.text, Not(HasSubstr(word)));
    }
  }
}

TEST(Alarms, OfValidationOnStrokesSpeakOfNoReference) {
  const std::vector<ClassVolume> volumes{
      {"RV", 0, 50}, {"LV", 160, 100}, {"MYO", 20, 100}, {"scar", 50, 50}};
  for (const Alarm& one : of_strokes(volumes)) {
    EXPECT_THAT(one.text, AllOf(HasSubstr("drawn"), Not(HasSubstr("reference")))) << one.id;
  }
  for (const Alarm& one : alarms_of(volumes, LabelKind::kStrokes, LabelKind::kMasks)) {
    EXPECT_THAT(one.text, Not(HasSubstr("drawn pixels"))) << one.id;
  }
}

TEST(Alarms, OfClassesThatAreNotFoundAllowForTooFewSteps) {
  for (const auto kind : {LabelKind::kStrokes, LabelKind::kMasks}) {
    EXPECT_THAT(alarms_of({{"RV", 0, 50}, {"LV", 50, 50}}, kind, kind)[0].text,
                HasSubstr("Likely: not yet learned, "));
    EXPECT_THAT(alarms_of({{"RV", 0, 50}}, kind, kind)[0].text,
                HasSubstr("Likely: not yet learned, "));
  }
}

TEST(Alarms, AdviseOnlyOptionsThatTheMethodHas) {
  const std::vector<std::vector<ClassVolume>> cases{
      {{"RV", 0, 50}}, {{"RV", 0, 50}, {"LV", 160, 100}, {"MYO", 20, 100}}};
  std::size_t advised = 0;
  for (const std::string& method : method_names()) {
    const OptionNames options = options_of(method, "unet");
    for (const auto& volumes : cases) {
      for (const auto kind : {LabelKind::kStrokes, LabelKind::kMasks}) {
        for (const Alarm& one : medcl::alarms_of(volumes, kind, kind, options)) {
          for (const std::string& name : options_in(one.text)) {
            EXPECT_TRUE(options.contains(name)) << method << ": " << one.text;
            ++advised;
          }
        }
      }
    }
  }
  EXPECT_GT(advised, 0U);
}

TEST(Alarms, WithoutASettingToTrySayWhatHelpsAnyway) {
  const auto alarms = medcl::alarms_of({{"RV", 30, 100}}, LabelKind::kStrokes, LabelKind::kStrokes,
                                       options_of("nnpu", "unet"));
  ASSERT_EQ(alarms.size(), 1U);
  EXPECT_THAT(alarms[0].text, ::testing::EndsWith("Draw up to the borders"));
}

TEST(Alarms, ClassesWithoutAReferenceSayNothing) {
  EXPECT_TRUE(of_strokes({{"RV", 100, 0}, {"LV", 70, 70}}).empty());
  EXPECT_TRUE(of_strokes({{"RV", 0, 0}}).empty());
}

}  // namespace
}  // namespace medcl
