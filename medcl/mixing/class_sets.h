// SPDX-License-Identifier: Apache-2.0
#pragma once

// The 2m-1 anatomy maps: m single classes and m-1 nested unions Omega_2 c Omega_3 c ... c Omega_m.
//
// Source: Zhang & Patel, MedCL, MIDL 2025, Sec. 2.1 and Eq. (5).
// Classes are numbered 0..m-1 here (class i is channel i + 1 of the network).

#include <torch/torch.h>

#include <cstdint>
#include <vector>

#include "medcl/core/random.h"

namespace medcl {

/// The unions: sets[t] lists the classes of Omega_(t+2), sorted; m - 1 sets.
struct ClassSets {
  std::int64_t m = 1;
  std::vector<std::vector<std::int64_t>> sets;
};

/// Draws the unions: shuffles the m >= 1 classes and takes prefixes of length 2..m.
ClassSets nested_class_sets(std::int64_t m, RandomStream& random);

/// The most classes of which every union is listed: of 13 there would be 8178.
inline constexpr std::int64_t kMostListedClasses = 8;
/// Every union of two or more of m classes, in a fixed order: 2^m - m - 1 of them.
/// @throws Error(kFailure) for m below 1 or above kMostListedClasses.
std::vector<std::vector<std::int64_t>> all_unions(std::int64_t m);

/// The unions that have something of their own, such as outputs of a network: all of up to
/// kMostListedClasses classes; of more, the nested unions of one draw, a function of the seed.
std::vector<std::vector<std::int64_t>> kept_unions(std::int64_t m, std::uint64_t seed);
/// Nested unions among kept_unions(m, seed): drawn anew every time, or of more than
/// kMostListedClasses classes always the same.
ClassSets nested_kept_sets(std::int64_t m, std::uint64_t seed, RandomStream& random);

/// The sets of the m single classes, then `unions`.
std::vector<std::vector<std::int64_t>> with_single_classes(
    std::int64_t m, const std::vector<std::vector<std::int64_t>>& unions);

/// The sets as a matrix [number of sets, m] of 0 and 1: row t marks the classes of sets[t].
/// @throws Error(kFailure) for a class outside 0..m-1.
torch::Tensor membership(const ClassSets& sets, const torch::TensorOptions& options);

/// prob_bks [B, m+1, s], s any axes, background first, becomes [B, 2m-1, s]: the m classes, then
/// the unions, each the sum of its classes. @throws Error(kFailure) for another number of maps.
torch::Tensor anatomy_maps(const torch::Tensor& prob_bks, const ClassSets& sets);

}  // namespace medcl
