// SPDX-License-Identifier: Apache-2.0
#pragma once

// An estimate of Dice per class without dense labels, with an interval.
//
// Own construction: a line in the logits of the Dice on held-out strokes, fitted on phantoms and
// scans whose truth is known; see docs/explanation/quality-without-truth.md for the figures and for
// what it cannot know.

#include <cstdint>
#include <string>
#include <vector>

#include "medcl/quality/agreement.h"
#include "medcl/quality/stroke_size.h"

namespace medcl {

/// What is known of one class.
struct ClassEvidence {
  std::string name;
  std::vector<double> agreement;  ///< of each case: mean_pair_dice; NaN where no model shows it
  StrokeCounts strokes;           ///< held-out, of all folds
  ClassSize size;                 ///< in slices with held-out strokes
};

/// logit(Dice) = offset + strokes * logit(StrokeCounts::dice), and the standard deviation of what
/// is left of it on data sets that it was not fitted to.
struct DiceCalibration {
  double offset = 0, strokes = 1, residual_sd = 0;
  double least_strokes = 0, most_strokes = 1;  ///< Dice on strokes, seen when it was fitted
};
/// That of this program.
const DiceCalibration& dice_calibration();

/// The share of intervals that are to hold the true mean Dice.
inline constexpr double kNominalCoverage = 0.9;

struct DiceEstimate {
  std::string name;
  double dice = 0, low = 0, high = 0;  ///< NaN where nothing can be said
  double agreement = 0;                ///< mean over cases
  std::int64_t cases = 0;              ///< that some model shows the class in
  StrokeCounts strokes;
  ClassSize size;
  std::string remark;  ///< why nothing can be said, or why it is a guess
};

/// The mean Dice of the models' common prediction over cases like those of the evidence. Agreement
/// is passed on for a person to read. The size bounds the estimate where it allows less than .5:
/// the size is a guess as well, and nearer to 1 the bound would say less than the guess is wrong.
DiceEstimate estimate_dice(const ClassEvidence& evidence,
                           const DiceCalibration& calibration = dice_calibration());

/// The highest Dice of a prediction that is `size_ratio` times as large as the structure, one
/// inside of the other; 1 for NaN.
double most_dice(double size_ratio);

/// log(p / (1 - p)) of a share that is brought into 0.01 .. 0.99; and the share of a logit.
double logit(double share);
double share_of_logit(double value);

}  // namespace medcl
