// SPDX-License-Identifier: Apache-2.0
#include "medcl/mixing/augment.h"

#include <cmath>

namespace medcl {

void AugmentOptions::describe(OptionTable table) {
  table.add("brightness", brightness, "random offset of the normalised image, +-", 0, 10);
  table.add("contrast", contrast, "random factor exp(+-this)", 0, 3);
  table.add("noise", noise, "largest standard deviation of added noise", 0, 10);
}

void augment_intensity(std::span<float> image, const AugmentOptions& options,
                       RandomStream& random) {
  const auto factor =
      static_cast<float>(std::exp(random.uniform(-options.contrast, options.contrast)));
  const auto offset = static_cast<float>(random.uniform(-options.brightness, options.brightness));
  const double sigma = random.uniform(0, options.noise);
  for (float& pixel : image) {
    pixel = pixel * factor + offset;
  }
  if (sigma > 0) {
    for (float& pixel : image) {
      pixel += static_cast<float>(sigma * random.normal());
    }
  }
}

}  // namespace medcl
