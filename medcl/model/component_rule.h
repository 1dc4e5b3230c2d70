// SPDX-License-Identifier: Apache-2.0
#pragma once

// Which connected components of a predicted label volume are kept, decided on validation cases, or
// without any on strokes, and stored in the model, so that a prediction is what was judged.
//
// Source: nnU-Net (Isensee et al., Nature Methods 18, 2021): a rule is taken only where it makes
// the mean Dice on validation cases better.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "medcl/dataset/dice_measure.h"
#include "medcl/format/json.h"

namespace medcl {

/// In the order in which they remove more: "none" keeps everything, "each" the largest 3-D
/// component of each class, "together" that of all classes taken as one, "both" first that and then
/// of each class.
std::vector<std::string> component_rules();

/// "largest 3-D component of each class" and so on; "none".
std::string component_rule_text(const std::string& rule);

struct ComponentRule {
  std::string rule = "none";
  std::int64_t cases = 0;  ///< validation cases that it was decided on; 0 = nothing was compared
  /// Mean Dice of these cases under every rule, in the order of component_rules().
  std::vector<std::pair<std::string, double>> mean_dice;
  std::string measure = kDice;  ///< which Dice that is

  /// Why nothing could be decided, or empty: "in no validation case: RV".
  std::string undecided;
  std::int64_t drawn_cases = 0;  ///< with strokes that it was decided on; 0 = on none

  /// "none (undecided: in no validation case: RV)",
  /// "each (mean Dice of 5 validation cases: none .812, each .845, together .812, both .845)" or
  /// "each (false components, and no stroke lost, in 5 training cases)".
  [[nodiscard]] std::string text() const;
  [[nodiscard]] Json to_json() const;
  /// @throws Error(kIo) naming `where`: an unknown rule, wrong types.
  static ComponentRule from_json(const Json& json, const std::string& where);
};

/// "none" unless a rule is better than it. Then the rule with the highest mean, and of equal ones
/// the one that removes most: these cases show that false components occur, and they are too few to
/// show every kind. `mean_dice`: one for every rule, in the order of component_rules().
ComponentRule decided_component_rule(const std::vector<double>& mean_dice, std::int64_t cases);

/// What a component rule did to the prediction of a case that has strokes.
struct StrokesKept {
  bool removed = false;   ///< it removed voxels, with strokes or without
  double least_kept = 1;  ///< of a class's strokes that were predicted rightly, the share still so
};

/// Without dense labels: the rule that removes most among those that lose no more than a hundredth
/// of any class's strokes in any case and remove something somewhere. "none" for fewer than two
/// cases. `kept_cr`: by case, one for every rule, in the order of component_rules().
ComponentRule component_rule_from_strokes(const std::vector<std::vector<StrokesKept>>& kept_cr);

}  // namespace medcl
