// SPDX-License-Identifier: Apache-2.0
#include "medcl/quality/dice_estimate.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace medcl {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kWidth = 1.645;  // standard deviations on either side, of kNominalCoverage
constexpr double kLeastShare = 0.01;

struct Spread {
  double mean = kNan, sd = 0;
  std::int64_t count = 0;
};

/// Of the values that are numbers.
Spread spread_of(const std::vector<double>& values) {
  double sum = 0, squares = 0;
  Spread spread;
  for (const double value : values) {
    if (std::isnan(value)) continue;
    ++spread.count;
    sum += value;
    squares += value * value;
  }
  if (spread.count == 0) return spread;
  const auto n = static_cast<double>(spread.count);
  spread.mean = sum / n;
  if (spread.count > 1) {
    spread.sd = std::sqrt(std::max(0.0, (squares - n * spread.mean * spread.mean) / (n - 1)));
  }
  return spread;
}

}  // namespace

const DiceCalibration& phantom_calibration() {
  static const DiceCalibration kCalibration{.offset = -0.479,
                                            .agreement = 0.415,
                                            .size = 0.423,
                                            .residual_sd = 0.575,
                                            .least_agreement = 0.15,
                                            .most_agreement = 0.70};
  return kCalibration;
}

double logit(double share) {
  const double inside = std::clamp(share, kLeastShare, 1 - kLeastShare);
  return std::log(inside / (1 - inside));
}

double share_of_logit(double value) { return 1 / (1 + std::exp(-value)); }

DiceEstimate estimate_dice(const ClassEvidence& evidence, const DiceCalibration& calibration) {
  const Spread agreement = spread_of(evidence.agreement);
  DiceEstimate estimate{.name = evidence.name,
                        .dice = kNan,
                        .low = kNan,
                        .high = kNan,
                        .agreement = agreement.mean,
                        .cases = agreement.count,
                        .strokes = evidence.strokes,
                        .size = evidence.size};
  if (agreement.count == 0) {
    estimate.remark = "no model finds it in any case";
    return estimate;
  }
  const double best_dice = evidence.size.best_dice();
  if (std::isnan(best_dice)) {
    estimate.remark = "nobody drew it in a case that a fold left out";
    return estimate;
  }
  const double value = calibration.offset + calibration.agreement * logit(agreement.mean) +
                       calibration.size * logit(best_dice);
  // The error of the mean agreement, carried into logits by the slope of the logit there.
  const double inside = std::clamp(agreement.mean, kLeastShare, 1 - kLeastShare);
  const double between = calibration.agreement * agreement.sd /
                         std::sqrt(static_cast<double>(agreement.count)) / (inside * (1 - inside));
  const double width = kWidth * std::hypot(calibration.residual_sd, between);
  estimate.dice = share_of_logit(value);
  estimate.low = share_of_logit(value - width);
  estimate.high = share_of_logit(value + width);
  if (agreement.mean < calibration.least_agreement || agreement.mean > calibration.most_agreement) {
    estimate.remark =
        agreement.mean < calibration.least_agreement
            ? "models agree less than any that the estimate was calibrated on: a guess"
            : "models agree more than any that the estimate was calibrated on: the line goes on";
  }
  return estimate;
}

}  // namespace medcl
