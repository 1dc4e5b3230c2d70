// SPDX-License-Identifier: Apache-2.0
#include "medcl/task/alarms.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace medcl {
namespace {

double factor_of(const ClassVolume& one) {
  return static_cast<double>(one.predicted) / static_cast<double>(one.reference);
}

bool is_missing(const ClassVolume& one) { return one.predicted == 0; }
bool is_too_large(const ClassVolume& one) { return factor_of(one) > kAlarmingFactor; }
bool is_too_small(const ClassVolume& one) {
  return one.predicted > 0 && factor_of(one) < 1 / kAlarmingFactor;
}

std::string name_of(const ClassVolume& one) { return one.name; }
/// "RV 1.82".
std::string with_factor(const ClassVolume& one) {
  char factor[32];
  std::snprintf(factor, sizeof factor, " %.2f", factor_of(one));
  return one.name + factor;
}

/// A setting that may help, in the words that follow "try ".
struct Trial {
  const char *option, *words;
};
constexpr Trial kBalance{"scribble.balance", "--set scribble.balance=1"};
constexpr Trial kNoBalance{"scribble.balance", "--set scribble.balance=0"};
constexpr Trial kFinerPixels{"prepare.spacing_mm", "a smaller prepare.spacing_mm"};
constexpr Trial kSlower{"schedule.learning_rate", "--set schedule.learning_rate=5e-4"};

/// What is behind an alarm, and what to do: the first that helps any method, then settings.
struct Likely {
  const char *cause, *remedy;
  std::array<Trial, 2> trials{};
};

/// "not yet learned. Draw it in more slices, or try --set scribble.balance=1": trials of options
/// that the run does not have are left out.
std::string text_of(const Likely& likely, const OptionNames& options) {
  std::string trials;
  for (const Trial& one : likely.trials) {
    if (one.option == nullptr || !options.contains(one.option)) continue;
    trials += (trials.empty() ? ", or try " : " or ") + std::string(one.words);
  }
  return std::string("Likely: ") + likely.cause + ". " + likely.remedy + trials;
}

/// By the kind of labels that it is about.
template <typename Thing>
struct ByKind {
  Thing strokes, masks;
  [[nodiscard]] const Thing& of(LabelKind kind) const {
    return kind == LabelKind::kStrokes ? strokes : masks;
  }
};

/// An alarm of the classes that it concerns.
struct Kind {
  const char* id;
  bool (*concerns)(const ClassVolume& one);
  ByKind<const char*> what;  ///< by what was judged on
  std::string (*shown)(const ClassVolume& one);
  ByKind<Likely> likely;  ///< by what was learned from
};

constexpr ByKind<Likely> kNothing{
    {"not yet learned, pixels too coarse or a crop too small for the structures, labels in which 0 "
     "means undrawn, or too high a learning rate",
     "Compare with medcl plan, run medcl check",
     {kSlower}},
    {"not yet learned, pixels too coarse or a crop too small for the structures, or too high a "
     "learning rate",
     "Compare with medcl plan",
     {kSlower}}};

constexpr std::array kKinds{
    Kind{"class-not-found",
         is_missing,
         {"found nowhere among the strokes of the validation cases, though it was drawn there: ",
          "found in no validation case, though it is there: "},
         name_of,
         {{"not yet learned, drawn in too few slices, or too small on these pixels",
           "Draw it in more slices",
           {kBalance, kFinerPixels}},
          {"not yet learned, in too few slices, or too small on these pixels",
           "Label more cases that show it",
           {kBalance, kFinerPixels}}}},
    Kind{"too-large",
         is_too_large,
         {"found on more of the drawn pixels than were drawn as it, by a factor: ",
          "larger than in the reference, by a factor: "},
         with_factor,
         {{"background was drawn far from the borders, so that they are a guess",
           "Draw background nearer to the structures",
           {}},
          {"too few steps so far, or pixels too coarse",
           "Train longer",
           {kNoBalance, kFinerPixels}}}},
    Kind{"too-small",
         is_too_small,
         {"found on fewer of the drawn pixels than were drawn as it, by a factor: ",
          "smaller than in the reference, by a factor: "},
         with_factor,
         {{"strokes keep to the middle of the structures, or background weighs too much",
           "Draw up to the borders",
           {kBalance}},
          {"background weighs too much, or too few steps so far", "Train longer", {kBalance}}}},
};

}  // namespace

std::vector<Alarm> alarms_of(const std::vector<ClassVolume>& all, LabelKind learned_from,
                             LabelKind judged_on, const OptionNames& options) {
  std::vector<ClassVolume> volumes;
  std::ranges::copy_if(all, std::back_inserter(volumes),
                       [](const ClassVolume& one) { return one.reference > 0; });
  if (volumes.empty()) return {};
  if (std::ranges::all_of(volumes, is_missing)) {
    return {{"nothing-found", "nothing but background is found in the validation cases. " +
                                  text_of(kNothing.of(learned_from), options)}};
  }
  std::vector<Alarm> alarms;
  for (const Kind& kind : kKinds) {
    std::string concerned;
    for (const ClassVolume& one : volumes) {
      if (kind.concerns(one)) concerned += (concerned.empty() ? "" : ", ") + kind.shown(one);
    }
    if (concerned.empty()) continue;
    alarms.push_back({kind.id, kind.what.of(judged_on) + concerned + ". " +
                                   text_of(kind.likely.of(learned_from), options)});
  }
  return alarms;
}

}  // namespace medcl
