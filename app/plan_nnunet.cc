// SPDX-License-Identifier: Apache-2.0
#include "app/plan_nnunet.h"

#include <vector>

#include "app/planning.h"
#include "medcl/core/formatted.h"
#include "medcl/dataset/case_files.h"
#include "medcl/dataset/nnunet/plan_file.h"
#include "medcl/dataset/nnunet/plan_options.h"
#include "medcl/format/json_text.h"

namespace medcl {
namespace {

std::vector<std::string> remarks_of(const nnunet::Plan& plan) {
  std::string size;
  for (const std::int64_t one : plan.median_shape) {
    size += (size.empty() ? "" : " x ") + std::to_string(one);
  }
  return {"What nnU-Net plans for " + plan.dataset.name + " in 2-D, as options of this program.",
          formatted("%lld labelled cases; median size %s, cropped to what is not 0.",
                    static_cast<long long>(plan.dataset.cases), size.c_str())};
}

}  // namespace

std::string nnunet_plan_text(const Dataset& dataset, const std::string& planner, bool json) {
  require_sound_listing(dataset);
  const nnunet::Planner& chosen = nnunet::planner_named(planner);
  if (!json) nnunet::require_trained_here(chosen);
  const nnunet::Fingerprint fingerprint = with_progress_of_cases(
      [&](const CaseProgress& progress) { return nnunet::fingerprint_of(dataset, "", progress); });
  const nnunet::Plan plan = nnunet::plan_of(fingerprint, nnunet::planned_dataset(dataset), chosen);
  if (json) return json_text(nnunet::plan_json(plan), 4) + "\n";
  return plan_text(remarks_of(plan), nnunet::plan_options(plan));
}

}  // namespace medcl
