// SPDX-License-Identifier: Apache-2.0
#pragma once

// In which units lengths and volumes are shown. Programs compute in mm and ml; of data whose pixels
// have no known size, a pixel counts as 1 mm, and what is shown then are pixels.

#include <string>

#include "medcl/format/json.h"

namespace medcl {

struct Units {
  bool pixels = false;

  [[nodiscard]] std::string length() const { return pixels ? "px" : "mm"; }
  [[nodiscard]] std::string volume() const { return pixels ? "px" : "ml"; }
  /// A volume in the unit volume(), of one in ml: 1 ml is a cube of ten pixels a side.
  [[nodiscard]] double volume_of(double ml) const { return pixels ? 1000 * ml : ml; }
  /// Digits behind the point that a volume is shown with.
  [[nodiscard]] int volume_digits() const { return pixels ? 0 : 1; }
};

/// What dataset.json says of its pixels: "unit": "pixel", else millimetres.
inline Units units_of(const Json& description) {
  const auto unit = description.is_object() ? description.find("unit") : description.end();
  return {unit != description.end() && *unit == "pixel"};
}

}  // namespace medcl
