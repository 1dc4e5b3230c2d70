// SPDX-License-Identifier: Apache-2.0
#pragma once

// The inner loops of a 3 x 3 convolution by Winograd's minimal filtering F(2 x 2, 3 x 3), without
// libtorch: plain memory, one thread, bfloat16 products with float32 sums.
//
// Source: Lavin & Gray, "Fast Algorithms for Convolutional Neural Networks", CVPR 2016, Sec. 4.1.
// A tile of 2 x 2 results, Y = A^T [(G g G^T) . (B^T d B)] A, takes 16 products of a 4 x 4 patch d
// instead of 36. Over all channels these are 16 matrix products, one for each position in the tile.
//
// Memory. Images are channels-last. Channels come in panels of kPanel; two bfloat16 that are
// multiplied in one go lie in one 32-bit word, the first in its low half.

#include <cstdint>

#include "medcl/model/fast/row_kernels.h"

namespace medcl::fast::winograd {

constexpr std::int64_t kPositions = 16;
constexpr std::int64_t kPanel = 32;
constexpr std::int64_t kRows = 8;  ///< rows of a product come in multiples of this

/// Two bfloat16.
using Pair = std::uint32_t;

/// Whether the loops below can run here and are faster than a direct convolution: AVX-512 with
/// bfloat16 products, and no matrix units (AMX), which would make multiplications cheap.
bool pays();

/// The results of a convolution in tiles of 2 x 2, row by row and image by image.
struct Tiling {
  std::int64_t height, width;          ///< of the convolved image
  std::int64_t out_height, out_width;  ///< of the result
  std::int64_t padding;

  [[nodiscard]] std::int64_t rows() const { return (out_height + 1) / 2; }
  [[nodiscard]] std::int64_t columns() const { return (out_width + 1) / 2; }
  [[nodiscard]] std::int64_t per_image() const { return rows() * columns(); }
};

/// Tiles [first, first + count).
struct Range {
  std::int64_t first, count;
};

/// Kernels for multiply(): from weight [O, 3, 3, I] the positions [panel of O, 16, I / 2, kPanel],
/// of one panel.
void transform_kernel(const float* weight, std::int64_t out, std::int64_t in, std::int64_t panel,
                      Pair* positions);
/// The same for the gradient of the image, where the kernel is turned by 180 degrees and O and I
/// change places: [panel of I, 16, O / 2, kPanel].
void transform_turned_kernel(const float* weight, std::int64_t out, std::int64_t in,
                             std::int64_t panel, Pair* positions);

/// B^T d B of the tiles: [16, range.count, channels / 2]. What lies outside the image is 0.
void transform_patches(const Tiling& tiling, const BFloat16* image, std::int64_t channels,
                       const Range& range, Pair* positions);
/// Tiles two by two: pairs [begin, end) of the `pairs` that start at tile `first`.
struct PairRange {
  std::int64_t first, pairs, begin, end;
};

/// The same with two neighbouring tiles in a word: [16, channels / kPanel, range.pairs, kPanel].
/// Tiles past `tiles` are 0.
void transform_patch_pairs(const Tiling& tiling, const BFloat16* image, std::int64_t channels,
                           const PairRange& range, std::int64_t tiles, Pair* positions);
/// A dY A^T of the result's gradient, in the arrangement of transform_patch_pairs. sums [channels]
/// += the gradient.
void transform_gradient_pairs(const Tiling& tiling, const BFloat16* gradient, std::int64_t channels,
                              const PairRange& range, std::int64_t tiles, Pair* positions,
                              float* sums);

/// A factor of a product: the word of row r and pair p is words[r * row + p * pair].
struct Rows {
  const Pair* words;
  std::int64_t row, pair;
};

/// result[r][n] (+)= sum over pairs p of rows(r, p) . panel[p][n], both products of a word added;
/// n < kPanel, r < `count` rounded up to a
/// multiple of kRows. `stride`: from one row of the result to the next.
void multiply(const Rows& rows, std::int64_t count, const Pair* panel, std::int64_t pairs,
              bool accumulate, float* result, std::int64_t stride);

/// A^T M A + bias into one panel of the result's channels, from products [16, range.count, kPanel].
/// `bias` may be null.
void gather_results(const Tiling& tiling, const float* products, const float* bias,
                    std::int64_t channels, std::int64_t panel, const Range& range,
                    BFloat16* result);
/// G^T dU G: gradients [16, O, I] of the positions -> gradient [O, 3, 3, I] of the kernel, of one
/// row of O.
void gather_kernel_gradient(const float* positions, std::int64_t out, std::int64_t in,
                            std::int64_t row, float* gradient);

}  // namespace medcl::fast::winograd
