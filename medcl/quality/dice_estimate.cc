// SPDX-License-Identifier: Apache-2.0
#include "medcl/quality/dice_estimate.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "medcl/core/formatted.h"

namespace medcl {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kWidth = 1.645;  // standard deviations on either side, of kNominalCoverage
constexpr double kLeastShare = 0.01;
constexpr double kBounded = 0.5;  // a Dice: of a prediction three times too large or too small

struct Mean {
  double value = kNan;
  std::int64_t count = 0;
};

/// Of the values that are numbers.
Mean mean_of(const std::vector<double>& values) {
  double sum = 0;
  Mean mean;
  for (const double value : values) {
    if (std::isnan(value)) continue;
    ++mean.count;
    sum += value;
  }
  if (mean.count > 0) mean.value = sum / static_cast<double>(mean.count);
  return mean;
}

}  // namespace

const DiceCalibration& dice_calibration() {
  static const DiceCalibration kCalibration{.offset = -0.348,
                                            .strokes = 0.833,
                                            .residual_sd = 0.60,
                                            .least_strokes = 0.20,
                                            .most_strokes = 0.94};
  return kCalibration;
}

double logit(double share) {
  const double inside = std::clamp(share, kLeastShare, 1 - kLeastShare);
  return std::log(inside / (1 - inside));
}

double share_of_logit(double value) { return 1 / (1 + std::exp(-value)); }

double most_dice(double size_ratio) {
  if (!(size_ratio >= 0)) return 1;
  return 2 * std::min(1.0, size_ratio) / (1 + size_ratio);
}

DiceEstimate estimate_dice(const ClassEvidence& evidence, const DiceCalibration& calibration) {
  const Mean agreement = mean_of(evidence.agreement);
  DiceEstimate estimate{.name = evidence.name,
                        .dice = kNan,
                        .low = kNan,
                        .high = kNan,
                        .agreement = agreement.value,
                        .cases = agreement.count,
                        .strokes = evidence.strokes,
                        .size = evidence.size};
  if (agreement.count == 0) {
    estimate.remark = "no model finds it in any case";
    return estimate;
  }
  const double on_strokes = evidence.strokes.dice();
  if (std::isnan(on_strokes)) {
    estimate.remark = "nobody drew it in a case that a fold left out";
    return estimate;
  }
  if (evidence.strokes.found == 0) {
    estimate.remark = "no fold's model meets a stroke of it: not learned";
    return estimate;
  }
  double value = calibration.offset + calibration.strokes * logit(on_strokes);
  const double ratio = evidence.size.ratio();
  const bool is_of_another_size = most_dice(ratio) < kBounded;
  if (is_of_another_size) value = std::min(value, logit(most_dice(ratio)));
  const double width = kWidth * calibration.residual_sd;
  estimate.dice = share_of_logit(value);
  estimate.low = share_of_logit(value - width);
  estimate.high = share_of_logit(value + width);
  if (on_strokes < calibration.least_strokes) {
    estimate.remark =
        "hardly learned: few strokes are met, and such models of the calibration were anywhere "
        "between .02 and .4";
  } else if (is_of_another_size) {
    estimate.remark = formatted(
        "predicted %.2g times as large as the strokes allow: no Dice above "
        "%.2f, if that is right",
        ratio, most_dice(ratio));
  } else if (on_strokes > calibration.most_strokes) {
    estimate.remark = "more strokes are met than by any model of the calibration";
  }
  return estimate;
}

}  // namespace medcl
