// SPDX-License-Identifier: Apache-2.0
#pragma once

// Dice and Jaccard from voxel counts.
//
// Dice = 2 |P and R| / (|P| + |R|), Jaccard = |P and R| / |P or R|; exactly one mask empty: 0.

#include <cstdint>
#include <limits>

namespace medcl {

/// What a metric is worth when a mask has no voxel.
enum class EmptyPolicy {
  kDiagonal,  ///< both empty: perfect (Dice 1, distance 0); one empty: Dice 0, distance = diagonal
  kNan,       ///< both empty: NaN; one empty: Dice 0, distance NaN. NaN is left out of means
};

struct Overlap {
  std::int64_t n_pred = 0, n_ref = 0, n_inter = 0;
  std::int64_t n_total = 0;  ///< all voxels that count (without those to ignore)

  void add(bool predicted, bool referenced) {
    n_pred += predicted ? 1 : 0;
    n_ref += referenced ? 1 : 0;
    n_inter += (predicted && referenced) ? 1 : 0;
    ++n_total;
  }

  [[nodiscard]] std::int64_t true_positives() const { return n_inter; }
  [[nodiscard]] std::int64_t false_positives() const { return n_pred - n_inter; }
  [[nodiscard]] std::int64_t false_negatives() const { return n_ref - n_inter; }
  [[nodiscard]] std::int64_t true_negatives() const { return n_total - n_pred - n_ref + n_inter; }

  [[nodiscard]] bool both_empty() const { return n_pred == 0 && n_ref == 0; }
  [[nodiscard]] bool one_empty() const { return (n_pred == 0) != (n_ref == 0); }

  [[nodiscard]] double dice(EmptyPolicy policy = EmptyPolicy::kDiagonal) const {
    return both_empty() ? value_of_empty(policy)
                        : 2.0 * static_cast<double>(n_inter) / static_cast<double>(n_pred + n_ref);
  }
  [[nodiscard]] double jaccard(EmptyPolicy policy = EmptyPolicy::kDiagonal) const {
    return both_empty()
               ? value_of_empty(policy)
               : static_cast<double>(n_inter) / static_cast<double>(n_pred + n_ref - n_inter);
  }

 private:
  static double value_of_empty(EmptyPolicy policy) {
    return policy == EmptyPolicy::kNan ? std::numeric_limits<double>::quiet_NaN() : 1.0;
  }
};

}  // namespace medcl
