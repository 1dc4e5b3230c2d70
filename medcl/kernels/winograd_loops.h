// SPDX-License-Identifier: Apache-2.0
#pragma once

// The product, and all loops of a level together. Internal to the winograd_avx*.cc files.

#include "medcl/kernels/winograd_tiles.h"
#include "medcl/kernels/winograd_weights.h"

namespace medcl::fast::winograd::MEDCL_LEVEL {

/// multiply() of kRows rows.
template <typename Words, int kRows>
MEDCL_TARGET_INLINE void multiply_rows(const Rows& rows, const Word* panel, std::int64_t words,
                                       bool accumulate, float* result, std::int64_t stride) {
  constexpr int kVectors = Words::kPanel / kLanes, kPointers = (kRows + 3) / 4;
  Floats sums[kRows][kVectors];
#pragma GCC unroll 16
  for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 2
    for (int v = 0; v < kVectors; ++v) {
      sums[r][v] = accumulate ? load(result + r * stride + v * kLanes) : all(0.0F);
    }
  }
  // Few pointers, from which the addresses of all rows take one addition.
  const Word* factors[kPointers];
  for (int i = 0; i < kPointers; ++i) factors[i] = rows.words + 4 * i * rows.row;
  for (std::int64_t w = 0; w < words; ++w) {
    Floats b[kVectors];
#pragma GCC unroll 2
    for (int v = 0; v < kVectors; ++v) b[v] = load_words(panel + w * Words::kPanel + v * kLanes);
#pragma GCC unroll 16
    for (int r = 0; r < kRows; ++r) {
      const Floats a = all(factors[r / 4][r % 4 * rows.row]);
#pragma GCC unroll 2
      for (int v = 0; v < kVectors; ++v) Words::add_product(sums[r][v], a, b[v]);
    }
#pragma GCC unroll 4
    for (int i = 0; i < kPointers; ++i) factors[i] += rows.word;
  }
#pragma GCC unroll 16
  for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 2
    for (int v = 0; v < kVectors; ++v) store(sums[r][v], result + r * stride + v * kLanes);
  }
}

template <typename Words, int kRows>
MEDCL_TARGET void multiply_blocks(const Rows& rows, std::int64_t count, const Word* panel,
                                  std::int64_t words, bool accumulate, float* result,
                                  std::int64_t stride) {
  for (std::int64_t first = 0; first < count; first += kRows) {
    multiply_rows<Words, kRows>({rows.words + first * rows.row, rows.row, rows.word}, panel, words,
                                accumulate, result + first * stride, stride);
  }
}

template <typename Words>
void multiply(const Rows& rows, std::int64_t count, const Word* panel, std::int64_t words,
              bool accumulate, float* result, std::int64_t stride) {
  const auto blocks = count == Words::kPanel ? &multiply_blocks<Words, Words::kRowsOfPanel>
                                             : &multiply_blocks<Words, Words::kRows>;
  blocks(rows, count, panel, words, accumulate, result, stride);
}

template <typename T, typename Words>
Loops<T> loops_of(const char* name) {
  static_assert(Words::kPanel % Words::kRowsOfPanel == 0 && Words::kPanel % kLanes == 0);
  return {.name = name,
          .per_word = Words::kPerWord,
          .panel = Words::kPanel,
          .rows = Words::kRows,
          .transform_kernel = &transform_kernel<Words>,
          .transform_transposed_kernel = &transform_transposed_kernel<Words>,
          .transform_patches = &transform_patches<Words, T>,
          .transform_patch_words = &transform_patch_words<Words, T>,
          .transform_gradient_words = &transform_gradient_words<Words, T>,
          .multiply = &multiply<Words>,
          .gather_results = &gather_results<Words, T>,
          .gather_kernel_gradient = &gather_kernel_gradient};
}

}  // namespace medcl::fast::winograd::MEDCL_LEVEL
