// SPDX-License-Identifier: Apache-2.0
#include "medcl/task/alarms.h"

#include <algorithm>
#include <cstdio>
#include <functional>

namespace medcl {
namespace {

double factor_of(const ClassVolume& one) {
  return static_cast<double>(one.predicted) / static_cast<double>(one.reference);
}

/// "RV 1.82, LV 1.60" of those for which `concerns` holds.
std::string factors(const std::vector<ClassVolume>& volumes,
                    const std::function<bool(const ClassVolume&)>& concerns) {
  std::string text;
  for (const ClassVolume& one : volumes) {
    if (!concerns(one)) continue;
    char factor[32];
    std::snprintf(factor, sizeof factor, " %.2f", factor_of(one));
    text += (text.empty() ? "" : ", ") + one.name + factor;
  }
  return text;
}

std::string names(const std::vector<ClassVolume>& volumes) {
  std::string text;
  for (const ClassVolume& one : volumes) {
    if (one.predicted == 0) text += (text.empty() ? "" : ", ") + one.name;
  }
  return text;
}

}  // namespace

std::vector<Alarm> alarms_of(const std::vector<ClassVolume>& all) {
  std::vector<ClassVolume> volumes;
  std::ranges::copy_if(all, std::back_inserter(volumes),
                       [](const ClassVolume& one) { return one.reference > 0; });
  const auto is_missing = [](const ClassVolume& one) { return one.predicted == 0; };
  if (volumes.empty()) return {};
  if (std::ranges::all_of(volumes, is_missing)) {
    return {
        {"nothing-found",
         "nothing but background is found in the validation cases. Likely: pixels too coarse or "
         "a crop too small for the structures, labels in which 0 means undrawn, or too high a "
         "learning rate. Compare with medcl plan, run medcl check, or try --set "
         "schedule.learning_rate=5e-4"}};
  }
  std::vector<Alarm> alarms;
  if (const std::string missing = names(volumes); !missing.empty()) {
    alarms.push_back(
        {"class-not-found",
         "found in no validation case, though it is there: " + missing +
             ". Likely: drawn in too few slices, or too small on these pixels. Draw it "
             "in more slices, or try --set scribble.balance=1 or a smaller "
             "prepare.spacing_mm"});
  }
  const std::string large =
      factors(volumes, [](const ClassVolume& one) { return factor_of(one) > kAlarmingFactor; });
  if (!large.empty()) {
    alarms.push_back(
        {"too-large", "larger than in the reference, by a factor: " + large +
                          ". Likely: background was drawn far from the borders, so that they are a "
                          "guess. Draw background nearer to the structures"});
  }
  const std::string small = factors(volumes, [](const ClassVolume& one) {
    return one.predicted > 0 && factor_of(one) < 1 / kAlarmingFactor;
  });
  if (!small.empty()) {
    alarms.push_back(
        {"too-small", "smaller than in the reference, by a factor: " + small +
                          ". Likely: strokes keep to the middle of the structures, or background "
                          "weighs too much. Draw up to the borders, or try --set "
                          "scribble.balance=1"});
  }
  return alarms;
}

}  // namespace medcl
