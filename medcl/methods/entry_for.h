// SPDX-License-Identifier: Apache-2.0
#pragma once

// The entry of a method that takes the same options on every network.

#include <string>
#include <utility>

#include "medcl/methods/method.h"

namespace medcl {

/// `Kind` is made as Kind(options, context) and has a static needs(options, context).
template <typename Kind, typename Options>
MethodEntry entry_for(std::string name, std::string help) {
  return {.name = std::move(name),
          .help = std::move(help),
          .options = [](bool /*prompts*/) { return AnyOptions(Options{}); },
          .needs = [](const AnyOptions& options, const MethodContext& context) -> MethodNeeds {
            return Kind::needs(options.as<Options>(), context);
          },
          .make = [](const AnyOptions& options,
                     const MethodContext& context) -> std::unique_ptr<Method> {
            return std::make_unique<Kind>(options.as<Options>(), context);
          }};
}

}  // namespace medcl
