// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "medcl/model/initialise.h"
#include "medcl/model/networks.h"
#include "medcl/model/plain/plain_options.h"

namespace medcl {
namespace {

using plain::PlainOptions;

constexpr std::int64_t kUsualMultiple = 16;  // until the depth is known

NetworkTraits traits(const AnyOptions& any) {
  const auto& options = any.as<PlainOptions>();
  if (options.strides.empty()) return {.multiple = {1, kUsualMultiple, kUsualMultiple}};
  return plain::traits_of(plain::shape_of(options));
}

std::shared_ptr<Network> make(const AnyOptions& any, const NetworkShape& images,
                              std::uint64_t seed) {
  auto network =
      std::make_shared<plain::PlainConvUnet>(plain::shape_of(any.as<PlainOptions>()), images);
  initialise_weights(*network, seed);
  return network;
}

}  // namespace

NetworkEntry plainconvunet_network() {
  return {.name = "plainconvunet",
          .help = "that of nnU-Net, as deep as its rule says",
          .scope = "network",
          .options = [] { return AnyOptions(PlainOptions{}); },
          .traits = traits,
          .make = make,
          .footprint = plain::footprint,
          .least_values = plain::least_values,
          .settle =
              [](AnyOptions& any, const NetworkSurroundings& around) {
                plain::settle(any.as<PlainOptions>(), around.crop_size);
              }};
}

}  // namespace medcl
