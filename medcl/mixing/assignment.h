// SPDX-License-Identifier: Apache-2.0
#pragma once

// The cheapest assignment of places to one another.
//
// Source: Kuhn, The Hungarian method for the assignment problem, 1955; Jonker & Volgenant, A
// shortest augmenting path algorithm, Computing 38, 1987.

#include <cstdint>
#include <vector>

namespace medcl {

/// cost[row * n + column], n * n finite numbers -> the column of every row; each column is that of
/// one row, and the sum of the costs is the least there is. Takes n^3 steps.
std::vector<std::int64_t> cheapest_assignment(const std::vector<double>& cost, std::int64_t n);

}  // namespace medcl
