// SPDX-License-Identifier: Apache-2.0
#pragma once

// The inner loops of a 3 x 3 convolution by Winograd's minimal filtering F(2 x 2, 3 x 3), without
// libtorch: plain memory, one thread, bfloat16 products with float32 sums.
//
// Source: Lavin & Gray, "Fast Algorithms for Convolutional Neural Networks", CVPR 2016, Sec. 4.1.
// A tile of 2 x 2 results, Y = A^T [(G g G^T) . (B^T d B)] A, takes 16 products of a 4 x 4 patch d
// instead of 36. Over all channels these are 16 matrix products, one for each position in the tile.
//
// Nearest up-sampling by 2 before the convolution makes it cheaper still: 9 products for the 2 x 2
// results of a pixel. Along one side, with the pixel x_0 and its neighbours,
//   m_0 = g_0 (x_-1 - x_0),  m_1 = (g_0 + g_1 + g_2) x_0,  m_2 = g_2 (x_1 - x_0),
//   y_0 = m_0 + m_1,  y_1 = m_1 + m_2.
//
// Memory. Images are channels-last. Channels come in panels of kPanel; two bfloat16 that are
// multiplied in one go lie in one 32-bit word, the first in its low half.

#include <cstdint>

#include "medcl/model/fast/row_kernels.h"

namespace medcl::fast::winograd {

constexpr std::int64_t kPanel = 32;
constexpr std::int64_t kRows = 8;  ///< rows of a product come in multiples of this

/// Two bfloat16.
using Pair = std::uint32_t;

/// Whether the loops below can run here and are faster than a direct convolution: AVX-512 with
/// bfloat16 products, and no matrix units (AMX), which would make multiplications cheap.
bool pays();

enum class Kind {
  kSame,  ///< 3 x 3 convolution
  kUp,    ///< nearest up-sampling by 2, then 3 x 3 convolution with padding 1
  kDown,  ///< the gradient of the image of kUp, from that of its result
};

/// Products that the results of a tile take.
constexpr std::int64_t positions_of(Kind kind) { return kind == Kind::kSame ? 16 : 9; }

/// The results of a convolution in tiles, row by row and image by image.
struct Tiling {
  Kind kind;
  std::int64_t height, width;          ///< of the convolved image
  std::int64_t out_height, out_width;  ///< of the result
  std::int64_t padding;

  /// Side of a tile of results.
  [[nodiscard]] std::int64_t side() const { return kind == Kind::kDown ? 1 : 2; }
  /// Pixels of the image from a tile to the next.
  [[nodiscard]] std::int64_t step() const { return kind == Kind::kUp ? 1 : 2; }
  [[nodiscard]] std::int64_t positions() const { return positions_of(kind); }
  [[nodiscard]] std::int64_t rows() const { return (out_height + side() - 1) / side(); }
  [[nodiscard]] std::int64_t columns() const { return (out_width + side() - 1) / side(); }
  [[nodiscard]] std::int64_t per_image() const { return rows() * columns(); }
};

/// Tiles [first, first + count).
struct Range {
  std::int64_t first, count;
};

/// Weight [O, 3, 3, I] of a convolution.
struct Weight {
  const float* values;
  std::int64_t out, in;
};

/// Kernels for multiply(), one panel: [panel of O, positions, I / 2, kPanel] for kSame and kUp.
void transform_kernel(Kind kind, const Weight& weight, std::int64_t panel, Pair* positions);
/// The same for the gradient of the image, where O and I change places: [panel of I, positions,
/// O / 2, kPanel] for kSame, which is turned by 180 degrees, and kDown.
void transform_transposed_kernel(Kind kind, const Weight& weight, std::int64_t panel,
                                 Pair* positions);

/// B^T d B of the tiles: [positions, range.count, channels / 2]. What lies outside the image is 0.
void transform_patches(const Tiling& tiling, const BFloat16* image, std::int64_t channels,
                       const Range& range, Pair* positions);
/// Tiles two by two: pairs [begin, end) of the `pairs` that start at tile `first`.
struct PairRange {
  std::int64_t first, pairs, begin, end;
};

/// The same with two neighbouring tiles in a word: [positions, channels / kPanel, range.pairs,
/// kPanel]. Tiles past `tiles` are 0.
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

/// A^T M A + bias into one panel of the result's channels, from products [positions, range.count,
/// kPanel]. `bias` may be null.
void gather_results(const Tiling& tiling, const float* products, const float* bias,
                    std::int64_t channels, std::int64_t panel, const Range& range,
                    BFloat16* result);
/// G^T dU G: gradients [positions, O, I] -> gradient [O, 3, 3, I] of the kernel, of one row of O.
void gather_kernel_gradient(Kind kind, const float* positions, std::int64_t out, std::int64_t in,
                            std::int64_t row, float* gradient);

}  // namespace medcl::fast::winograd
