// SPDX-License-Identifier: Apache-2.0
#pragma once

// 3-D Dice of the validation cases on their native grids, and what strokes say where there are
// none.

#include <cstdint>
#include <string>
#include <vector>

#include "medcl/dataset/dataset.h"
#include "medcl/inference/predictor.h"

namespace medcl {

/// The annotated voxels of a foreground class in all cases, before the component rule.
struct ClassVolume {
  std::string name;
  std::int64_t predicted = 0, reference = 0;
};

struct ValidationResult {
  std::int64_t step = 0;
  /// Mean over cases of each foreground class that some case shows.
  std::vector<std::pair<std::string, double>> dice;
  double mean = 0;                   ///< of these
  ComponentRule components;          ///< what dice and mean were reached with
  std::vector<ClassVolume> volumes;  ///< per foreground class
  double seconds = 0;
};

/// What one case takes in memory: its channels and its class indices.
constexpr std::int64_t bytes_of_case(std::int64_t voxels, std::int64_t channels) {
  return voxels * (static_cast<std::int64_t>(sizeof(float)) * channels + 1);
}
/// Of all cases that a Validator holds.
inline constexpr std::int64_t kMostKeptBytes = std::int64_t{1} << 30;

/// Holds the first validation cases in memory, up to `most_kept_bytes` of them; those beyond are
/// read again each time. A class that is empty in reference and prediction has Dice 1, but one that
/// no case shows is not judged; voxels with the ignore label are left out.
class Validator {
 public:
  /// @throws as read_case; Error(kInvalidData) for an unknown id or a case without labels.
  Validator(const Dataset& dataset, const std::vector<std::string>& ids,
            std::int64_t most_kept_bytes = kMostKeptBytes);
  [[nodiscard]] bool empty() const { return cases_.empty(); }
  /// Dice is over what was drawn.
  [[nodiscard]] bool is_on_strokes() const { return measure_ == kStrokeDice; }
  /// Which Dice these references give (dice_measure.h).
  [[nodiscard]] const std::string& measure() const { return measure_; }
  /// The names of the foreground classes that no reference shows, with commas between them.
  [[nodiscard]] const std::string& unseen_classes() const { return unseen_; }
  /// Predicts every case once and scores it under every component rule. The result is that of
  /// options.largest_component, or with "auto" that of decided_component_rule: what a prediction
  /// with the model as it is saved reaches on these cases. Nothing is decided, and nothing removed,
  /// where a class is in none of the cases: what a rule does to it was never seen.
  /// The network is where it should be.
  [[nodiscard]] ValidationResult run(Network& network, const ModelCard& card,
                                     const PredictOptions& options) const;
  /// What every component rule does to the strokes of these cases, with the network as it is.
  [[nodiscard]] ComponentRule rule_from_strokes(Network& network, const ModelCard& card,
                                                const PredictOptions& options) const;

 private:
  struct LoadedCase {
    std::string id;
    std::vector<Image> channels;          ///< empty where it is read when it is needed
    std::vector<std::uint8_t> reference;  ///< class indices; likewise
  };
  [[nodiscard]] LoadedCase load(const std::string& id) const;
  /// use(case) for every case, one after the other.
  template <typename Use>
  void for_cases(const Use& use) const;
  [[nodiscard]] Grid<std::uint8_t> predicted(const LoadedCase& one, Network& network,
                                             const ModelCard& card,
                                             const PredictOptions& options) const;

  Dataset dataset_;
  std::vector<LoadedCase> cases_;
  std::vector<bool> seen_;  ///< of each foreground class, whether a reference shows it
  std::string unseen_;
  std::string measure_ = kDice;
};

}  // namespace medcl
