// SPDX-License-Identifier: Apache-2.0
#include "medcl/methods/ramp.h"

#include <cmath>

namespace medcl {

void RampOptions::describe(OptionTable table) {
  table.add("from", from, "share of the budget after which predictions begin to teach", 0, 1);
  table.add("until", until, "share of the budget after which predictions teach with full weight", 0,
            1);
}

double ramp_weight(const RampOptions& options, double progress) {
  if (progress >= options.until) return 1;
  if (progress < options.from) return 0;
  const double left = (options.until - progress) / (options.until - options.from);
  return std::exp(-5 * left * left);
}

}  // namespace medcl
