// SPDX-License-Identifier: Apache-2.0
#pragma once

// As many mixes as there are images, each of which shows a part of several, and all of which
// differ.
//
// Source: Kim et al., Co-Mixup: Saliency guided joint mixup with supermodular diversity, ICLR 2021,
// Eq. (3)-(5), from its formulas. The solver is an own one, simpler than the original's: coordinate
// ascent, block by block. Suffixes: o = outputs, i = inputs, n = blocks.

#include <cstdint>
#include <vector>

#include "medcl/core/options.h"

namespace medcl {

struct CoMixOptions {
  double smoothness = 0.32;  ///< beta: of neighbouring blocks that show unlike inputs
  double likeness = 1;       ///< gamma: of outputs that show the same
  double tolerated = 0.83;   ///< tau: likeness of two outputs that costs nothing
  double distance = 1e-3;    ///< omega: how much inputs with far apart saliency count as alike
  double prior = 0.05;       ///< eta: of the shares that were drawn
  std::int64_t sweeps = 4;   ///< at most, over all blocks of all outputs
  void describe(OptionTable table);
};

/// What the mixes of some images are chosen by. Blocks are row-major, grid * grid of them.
struct CoMixProblem {
  std::int64_t inputs = 1, grid = 1;
  std::vector<double> saliency_in;   ///< [input][block], of sum 1 for each input
  std::vector<double> log_share_oi;  ///< [output][input]; as many outputs as inputs

  [[nodiscard]] std::int64_t blocks() const { return grid * grid; }
};

/// Which input each block of each output shows, [output][block].
using CoMixChoice = std::vector<std::vector<std::int64_t>>;

/// The sum over outputs o of the saliency shown, - smoothness times the share of its blocks' pairs
/// of neighbours that are of two inputs (their number over that of blocks), + prior times the mean
/// over its blocks of log_share; - likeness times the sum over pairs of outputs of what
/// shown_o^T A shown_p exceeds `tolerated` by. shown_o: shares of the inputs in the output; A = (1
/// - distance) I + distance D, D how far apart the inputs' most salient blocks lie, as a share of
/// the diagonal.
double co_mix_value(const CoMixOptions& options, const CoMixProblem& problem,
                    const CoMixChoice& choice);

/// Begins with what is best for every block by itself, then takes for one block after the other the
/// input that makes co_mix_value largest, until none changes: no other input for a single block is
/// better then, unless the sweeps were used up.
CoMixChoice co_mix(const CoMixOptions& options, const CoMixProblem& problem);

}  // namespace medcl
