// SPDX-License-Identifier: Apache-2.0
#pragma once

// The functions of amx::Loops. Internal to amx_kernels.cc and the files that define them.

#include "medcl/kernels/amx_kernels.h"

namespace medcl::fast::amx {

void pack_kernel(const Weight& weight, const KernelRow& row, BFloat16* packed);
void pack_transposed_kernel(const Weight& weight, const KernelRow& row, BFloat16* packed);
void make_results(const Groups& groups, const Product& product, std::int64_t tiles);
void interleave(const BFloat16* pixels, std::int64_t channels, std::int64_t channel,
                std::int64_t pairs, BFloat16* to);
void transpose(const BFloat16* pixels, std::int64_t channels, std::int64_t channel,
               std::int64_t tiles, BFloat16* to);
void add_products(const Factors* rows, std::int64_t row_count, const Factors* columns,
                  std::int64_t column_count, const Length& length, const SumTile* sums);

}  // namespace medcl::fast::amx
