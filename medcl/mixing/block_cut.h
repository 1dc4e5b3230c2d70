// SPDX-License-Identifier: Apache-2.0
#pragma once

// Labels for the blocks of a grid, by minimum cuts.
//
// Sources: Boykov, Veksler & Zabih, Fast approximate energy minimization via graph cuts, PAMI 23,
// 2001 (swaps); Boykov & Kolmogorov, PAMI 26, 2004 (maximum flow, of Boost.Graph).

#include <cstdint>
#include <vector>

#include "medcl/image/extent.h"

namespace medcl {

/// The sum of a cost for the label of every block and one for the labels of every two blocks side
/// by side. Blocks are row-major.
struct GridEnergy {
  PlaneSize grid;
  std::int64_t labels = 2;
  std::vector<double> own;           ///< [block][label]
  std::vector<double> right, below;  ///< [block][its label][label of the next]; unused at the end

  /// All costs 0.
  GridEnergy(const PlaneSize& size, std::int64_t label_count);
  double& own_cost(std::int64_t block, std::int64_t label);
  double& pair_cost(std::vector<double>& pairs, std::int64_t block, std::int64_t a, std::int64_t b);
  /// Of one label for each block.
  [[nodiscard]] double of(const std::vector<std::int64_t>& label) const;
};

/// Begins with every block's own cheapest label and swaps two labels among blocks as long as the
/// energy falls. The least energy there is for two labels if every pair costs (0, 0) and (1, 1)
/// together at most as much as (0, 1) and (1, 0); else, and for more labels, an energy that no
/// such swap makes smaller.
std::vector<std::int64_t> least_energy_labels(const GridEnergy& energy);

}  // namespace medcl
