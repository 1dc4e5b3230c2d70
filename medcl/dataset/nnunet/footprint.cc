// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/nnunet/footprint.h"

#include "medcl/dataset/nnunet/planner.h"

namespace medcl::nnunet {
namespace {

/// Voxels of a map of each stage.
std::vector<double> stage_voxels(const Configuration& shape) {
  std::vector<double> voxels;
  std::vector<double> side(shape.patch.begin(), shape.patch.end());
  for (const PerAxis& stride : shape.topology.strides) {
    double count = 1;
    for (std::size_t a = 0; a < side.size(); ++a) {
      side[a] /= static_cast<double>(stride[a]);
      count *= side[a];
    }
    voxels.push_back(count);
  }
  return voxels;
}

bool halves(const PerAxis& stride) {
  for (const std::int64_t step : stride) {
    if (step != 1) return true;
  }
  return false;
}

/// Maps of `features` channels that the encoder's convolutions of a stage give.
double encoder_maps(const Configuration& shape, std::size_t stage, bool residual) {
  const auto blocks = static_cast<double>(shape.encoder_blocks[stage]);
  if (!residual) return blocks;
  const std::size_t before = stage == 0 ? 0 : stage - 1;  // the stem has those of the first stage
  const bool past =
      halves(shape.topology.strides[stage]) || shape.features[stage] != shape.features[before];
  return 2 * blocks + (past ? 1 : 0);
}

}  // namespace

double feature_values(const Configuration& shape, std::int64_t label_entries, bool residual) {
  const std::vector<double> voxels = stage_voxels(shape);
  const std::size_t stages = voxels.size();
  double values = static_cast<double>(label_entries) * voxels.front();
  if (residual) values += static_cast<double>(shape.features.front()) * voxels.front();  // stem
  for (std::size_t s = 0; s < stages; ++s) {
    const double map = static_cast<double>(shape.features[s]) * voxels[s];
    values += encoder_maps(shape, s, residual) * map;
    if (s + 1 == stages) continue;
    values += static_cast<double>(shape.decoder_blocks[stages - 2 - s] + 1) * map;
  }
  return values;
}

}  // namespace medcl::nnunet
