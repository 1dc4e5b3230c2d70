// SPDX-License-Identifier: Apache-2.0
#pragma once

// Methods by name.

#include <memory>
#include <string>
#include <vector>

#include "medcl/methods/medcl_method.h"
#include "medcl/methods/medcl_sam.h"
#include "medcl/methods/pce.h"
#include "medcl/methods/zero_shot.h"

namespace medcl {

struct MethodOptions {
  std::string name = "medcl";
  MedclOptions medcl;
  MedclSamOptions medcl_sam;  ///< of "medcl" with the backbone "sam"
  PceOptions pce;
  /// The method's name and the options of that method, for a network that takes prompts or not.
  void describe(OptionTable table, bool prompts);
};

std::vector<std::string> method_names();
/// @throws Error(kUsage) for an unknown name.
std::unique_ptr<Method> make_method(const MethodOptions& options, const MethodContext& context);

}  // namespace medcl
