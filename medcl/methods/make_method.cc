// SPDX-License-Identifier: Apache-2.0
#include "medcl/methods/make_method.h"

#include "medcl/core/error.h"

namespace medcl {

std::vector<std::string> method_names() { return {"medcl", "pce", "zero_shot"}; }

void MethodOptions::describe(OptionTable table, bool prompts) {
  table.add("method.name", name, "how to learn from the scribbles; zero_shot: not at all",
            method_names());
  if (name == "medcl") {
    medcl.describe(table);
    if (prompts) medcl_sam.describe(table);
  } else if (name == "pce") {
    pce.describe(table);
  }
}

std::unique_ptr<Method> make_method(const MethodOptions& options, const MethodContext& context) {
  if (options.name == "medcl" && context.backbone == "sam") {
    return std::make_unique<MedclSamMethod>(options.medcl, options.medcl_sam, context);
  }
  if (options.name == "medcl") {
    return std::make_unique<MedclMethod>(options.medcl, context);
  }
  if (options.name == "pce") {
    return std::make_unique<PceMethod>(options.pce);
  }
  if (options.name == "zero_shot") {
    return std::make_unique<ZeroShotMethod>();
  }
  fail(ErrorCode::kUsage, {.what = "unknown method",
                           .where = "method.name",
                           .expected = "medcl, pce or zero_shot",
                           .found = options.name});
}

}  // namespace medcl
