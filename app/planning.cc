// SPDX-License-Identifier: Apache-2.0
#include "app/planning.h"

#include "app/console.h"
#include "app/progress.h"
#include "app/signals.h"
#include "medcl/dataset/case_files.h"

namespace medcl {

AutoPlan plan_in_terminal(const Dataset& dataset, const GivenOptions& given) {
  require_sound_listing(dataset);
  remember_signals();
  Progress line(0, "plan", "case");
  AutoPlan plan = auto_plan(dataset, given, [&line](std::int64_t done, std::int64_t total) {
    stop_if_asked();
    line.set_total(total);
    line.update(done);
  });
  line.finish();
  for (const std::string& one : plan.warnings) warn(one);
  return plan;
}

}  // namespace medcl
