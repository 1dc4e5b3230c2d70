// SPDX-License-Identifier: Apache-2.0
#pragma once

// The weight of a term that must not disturb a network before it has learned anything.
//
// Source: Laine & Aila, Temporal ensembling, ICLR 2017: exp(-5 (1 - t)^2).

#include "medcl/core/options.h"

namespace medcl {

struct RampOptions {
  double from = 0, until = 0.2;  ///< shares of the run's budget
  void describe(OptionTable table);
};

/// 0 before `from`, 1 after `until`, exp(-5 (1 - t)^2) between them, where t goes from 0 to 1.
/// `progress`: Batch::progress.
double ramp_weight(const RampOptions& options, double progress);

}  // namespace medcl
