// SPDX-License-Identifier: Apache-2.0
#pragma once

// Methods by name, and the one that a run has.

#include <memory>
#include <string>
#include <vector>

#include "medcl/methods/method.h"

namespace medcl {

/// In the order in which help shows them.
const std::vector<MethodEntry>& all_methods();
std::vector<std::string> method_names();
/// @throws Error(kUsage) naming the methods that there are.
const MethodEntry& method_entry(const std::string& name);

/// A method and its options.
struct MethodOptions {
  std::string name;
  AnyOptions own;

  /// The first method, for a network without prompts.
  MethodOptions();
  /// `prompts`: for a network that is asked with prompts. `settings`: "weight.cluster=0" and so on.
  /// @throws Error(kUsage) for an unknown method or setting.
  MethodOptions(const std::string& method, bool prompts,
                const std::vector<std::string>& settings = {});

  /// The name as method.name, and the options of this method. A name that is set through the table
  /// leaves `own` as it is: those of another method come from another object.
  void describe(OptionTable table);
  [[nodiscard]] const MethodEntry& entry() const { return method_entry(name); }
  [[nodiscard]] MethodNeeds needs(const MethodContext& context) const {
    return entry().needs(own, context);
  }
};

/// @throws Error(kUsage) for an unknown method; as MethodEntry::make.
std::unique_ptr<Method> make_method(const MethodOptions& options, const MethodContext& context);

}  // namespace medcl
