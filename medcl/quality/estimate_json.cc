// SPDX-License-Identifier: Apache-2.0
#include "medcl/quality/estimate_json.h"

#include <cmath>
#include <limits>

namespace medcl {
namespace {

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(); }

}  // namespace

DiceEstimate mean_estimate(const std::vector<DiceEstimate>& classes) {
  DiceEstimate mean{.name = "mean"};
  int count = 0;
  std::string unknown, guessed;
  for (const DiceEstimate& one : classes) {
    if (std::isnan(one.dice)) {
      unknown += (unknown.empty() ? "" : ", ") + one.name;
      continue;
    }
    if (!one.remark.empty()) guessed += (guessed.empty() ? "" : ", ") + one.name;
    ++count;
    mean.dice += one.dice;
    mean.low += one.low;
    mean.high += one.high;
  }
  for (double* value : {&mean.dice, &mean.low, &mean.high}) {
    *value = count > 0 ? *value / count : std::numeric_limits<double>::quiet_NaN();
  }
  if (!unknown.empty()) mean.remark = "without " + unknown + ", of which nothing can be said";
  if (!guessed.empty()) {
    mean.remark += (mean.remark.empty() ? "" : "; ");
    mean.remark += "no better than what is said of " + guessed;
  }
  return mean;
}

Json estimate_to_json(const std::vector<DiceEstimate>& classes) {
  const auto interval = [](const DiceEstimate& one) {
    return Json{{"dice", number(one.dice)}, {"low", number(one.low)}, {"high", number(one.high)}};
  };
  Json list = Json::array();
  for (const DiceEstimate& one : classes) {
    Json json = {{"name", one.name}};
    json.update(interval(one));
    json["agreement"] = number(one.agreement);
    json["cases"] = one.cases;
    json["stroke_recall"] = number(one.strokes.recall());
    json["stroke_precision"] = number(one.strokes.precision());
    json["size_ratio"] = number(one.size.ratio());
    json["stroke_voxels"] = one.strokes.drawn;
    if (!one.remark.empty()) json["remark"] = one.remark;
    list.push_back(json);
  }
  const DiceEstimate mean = mean_estimate(classes);
  Json of_mean = interval(mean);
  if (!mean.remark.empty()) of_mean["remark"] = mean.remark;
  return {{"coverage", kNominalCoverage},
          {"classes", list},
          {"mean", of_mean},
          {"limits", limits_of_estimates()}};
}

const std::vector<std::string>& limits_of_estimates() {
  static const std::vector<std::string> kLimits = {
      "This is an estimate, not a measurement. It follows from how well each fold's model meets "
      "strokes that it did not see, by a calibration on synthetic hearts and three kinds of "
      "pictures, and may be wrong by .1 to .2.",
      "It can see a model that has not learned enough, and structures that are found in some cases "
      "only. How far the models agree and how large they make structures beside strokes is told "
      "for you to read.",
      "It cannot see what all folds have in common: nobody drew the borders, which lie somewhere "
      "between two strokes, so that borders which are wrong everywhere in the same way look right "
      "up to that distance, and so do strokes that are wrong themselves.",
      "It is about images like those of this dataset. Dense masks of a few cases, kept apart and "
      "given to medcl evaluate, say more than any estimate."};
  return kLimits;
}

}  // namespace medcl
