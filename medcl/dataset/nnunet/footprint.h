// SPDX-License-Identifier: Apache-2.0
#pragma once

// The measure by which nnU-Net's planner tells how much memory a network takes.
//
// Source: nnU-Net 2.8.1 and dynamic-network-architectures 0.4.4, compute_conv_feature_map_size.

#include <cstdint>

namespace medcl::nnunet {

struct Configuration;

/// The values of all feature maps that the convolutions of the network give for one sample, those
/// of the coarser heads left out. `label_entries`: outputs of the head. Uses patch, topology,
/// features and blocks. No bytes.
double feature_values(const Configuration& shape, std::int64_t label_entries, bool residual);

}  // namespace medcl::nnunet
