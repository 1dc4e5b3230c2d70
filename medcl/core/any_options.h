// SPDX-License-Identifier: Apache-2.0
#pragma once

// The options of a component that is chosen by its name, such as a network or a method, whatever
// struct they are: whoever holds them can copy and describe them without knowing the component.

#include <any>
#include <utility>

#include "medcl/core/options.h"

namespace medcl {

class AnyOptions {
 public:
  /// A component without options.
  AnyOptions() = default;
  /// `Options` can be copied and has `void describe(OptionTable)`.
  template <typename Options>
  explicit AnyOptions(Options options)
      : held_(std::move(options)), describe_([](std::any& held, OptionTable table) {
          std::any_cast<Options&>(held).describe(std::move(table));
        }) {}

  /// Adds them to `table`, which then sets the fields of this object, not those of its copies.
  void describe(OptionTable table) {
    if (describe_ != nullptr) describe_(held_, std::move(table));
  }
  /// The struct that they are. @throws std::bad_any_cast when they are another one: a fault of the
  /// program.
  template <typename Options>
  [[nodiscard]] Options& as() {
    return std::any_cast<Options&>(held_);
  }
  template <typename Options>
  [[nodiscard]] const Options& as() const {
    return std::any_cast<const Options&>(held_);
  }

 private:
  std::any held_;
  void (*describe_)(std::any&, OptionTable) = nullptr;
};

}  // namespace medcl
