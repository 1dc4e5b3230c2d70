// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/nnunet/topology.h"

#include <algorithm>
#include <cmath>

#include "medcl/core/error.h"

namespace medcl::nnunet {
namespace {

constexpr double kFarCoarser = 2;

/// The axes that the next stage halves; none where the network ends.
std::vector<std::size_t> halved_axes(const std::vector<double>& spacing,
                                     const std::vector<double>& size) {
  std::vector<std::size_t> large;
  for (std::size_t a = 0; a < size.size(); ++a) {
    if (size[a] >= 2 * kLeastSide) large.push_back(a);
  }
  if (large.empty()) return {};
  double finest = spacing[large.front()];
  for (const std::size_t a : large) finest = std::min(finest, spacing[a]);
  std::erase_if(large, [&](std::size_t a) { return spacing[a] / finest >= kFarCoarser; });
  const bool too_small = large.size() == 1 && size[large.front()] < 3 * kLeastSide;
  return too_small ? std::vector<std::size_t>{} : large;
}

}  // namespace

PerAxis Topology::multiple() const {
  PerAxis product(strides.front().size(), 1);
  for (const PerAxis& stride : strides) {
    for (std::size_t a = 0; a < product.size(); ++a) product[a] *= stride[a];
  }
  return product;
}

Topology topology_of(std::vector<double> spacing_mm, std::vector<double> patch) {
  const std::size_t axes = patch.size();
  check(axes > 0 && spacing_mm.size() == axes, "a spacing and a side of the patch for each axis");
  Topology topology{.strides = {PerAxis(axes, 1)}, .kernels = {}};
  PerAxis kernel(axes, 1);
  for (auto halved = halved_axes(spacing_mm, patch); !halved.empty();
       halved = halved_axes(spacing_mm, patch)) {
    const double finest = *std::ranges::min_element(spacing_mm);
    for (std::size_t a = 0; a < axes; ++a) {
      if (spacing_mm[a] / finest < kFarCoarser) kernel[a] = 3;  // and remains so
    }
    PerAxis stride(axes, 1);
    for (const std::size_t a : halved) {
      stride[a] = 2;
      spacing_mm[a] *= 2;
      patch[a] = std::ceil(patch[a] / 2);
    }
    topology.strides.push_back(stride);
    topology.kernels.push_back(kernel);
  }
  topology.kernels.emplace_back(axes, 3);
  return topology;
}

PerAxis rounded_up(const std::vector<double>& patch, const PerAxis& multiple) {
  PerAxis whole(patch.size());
  for (std::size_t a = 0; a < patch.size(); ++a) {
    whole[a] = multiple[a] *
               static_cast<std::int64_t>(std::ceil(patch[a] / static_cast<double>(multiple[a])));
  }
  return whole;
}

std::vector<std::int64_t> doubling_features(std::size_t stages, std::int64_t first,
                                            std::int64_t most) {
  std::vector<std::int64_t> features(stages);
  std::int64_t next = first;
  for (std::int64_t& one : features) {
    one = std::min(next, most);
    next = std::min(2 * next, most);
  }
  return features;
}

}  // namespace medcl::nnunet
