// SPDX-License-Identifier: Apache-2.0
#pragma once

// The inner loops of a 3 x 3 convolution by Winograd's minimal filtering, without libtorch: plain
// memory, one thread, one version for each kind of processor (winograd_avx*.cc).
//
// Source: Lavin & Gray, "Fast Algorithms for Convolutional Neural Networks", CVPR 2016, Sec. 4. A
// tile of results, Y = A^T [(G g G^T) . (B^T d B)] A, takes as many products as its patch d has
// pixels: 16 instead of 36 for F(2 x 2, 3 x 3), 36 instead of 144 for F(4 x 4, 3 x 3). Over all
// channels these are matrix products, one for each position in the patch.
//
// Nearest up-sampling by 2 before the convolution makes it cheaper still: 9 products for the 2 x 2
// results of a pixel. Along one side, with the pixel x_0 and its neighbours,
//   m_0 = g_0 (x_-1 - x_0),  m_1 = (g_0 + g_1 + g_2) x_0,  m_2 = g_2 (x_1 - x_0),
//   y_0 = m_0 + m_1,  y_1 = m_1 + m_2.
//
// Memory. Images are channels-last. Factors of products are words of 32 bits, a float or two
// bfloat16 that are multiplied in one go (the first in the low half), and come in panels of
// Loops::panel channels. Sums are float32.

#include <cstdint>
#include <vector>

#include "medcl/kernels/row_kernels.h"

namespace medcl::fast::winograd {

/// A float or two bfloat16.
using Word = std::uint32_t;

enum class Kind {
  kTwoByFour,  ///< 3 x 3 convolution, 2 x 4 results at a time
  kFour,       ///< 3 x 3 convolution, 4 x 4 results at a time
  kUp,         ///< nearest up-sampling by 2, then 3 x 3 convolution with padding 1
  kDown,       ///< the gradient of the image of kUp, from that of its result
};

/// Products that the results of a tile take.
constexpr std::int64_t positions_of(Kind kind) {
  switch (kind) {
    case Kind::kTwoByFour:
      return 24;
    case Kind::kFour:
      return 36;
    case Kind::kUp:
    case Kind::kDown:
      return 9;
  }
  return 0;
}

/// The results of a convolution in tiles, row by row and image by image.
struct Tiling {
  Kind kind;
  std::int64_t height, width;          ///< of the convolved image
  std::int64_t out_height, out_width;  ///< of the result
  std::int64_t padding;

  /// Rows and columns of a tile of results.
  [[nodiscard]] std::int64_t tile_rows() const {
    return kind == Kind::kFour ? 4 : kind == Kind::kDown ? 1 : 2;
  }
  [[nodiscard]] std::int64_t tile_columns() const {
    return kind == Kind::kTwoByFour ? 4 : tile_rows();
  }
  /// Rows and columns of the image from a tile to the next.
  [[nodiscard]] std::int64_t row_step() const { return image_step(tile_rows()); }
  [[nodiscard]] std::int64_t column_step() const { return image_step(tile_columns()); }
  [[nodiscard]] std::int64_t positions() const { return positions_of(kind); }
  [[nodiscard]] std::int64_t rows() const { return (out_height + tile_rows() - 1) / tile_rows(); }
  [[nodiscard]] std::int64_t columns() const {
    return (out_width + tile_columns() - 1) / tile_columns();
  }
  [[nodiscard]] std::int64_t per_image() const { return rows() * columns(); }

 private:
  [[nodiscard]] std::int64_t image_step(std::int64_t results) const {
    return kind == Kind::kUp ? 1 : kind == Kind::kDown ? 2 : results;
  }
};

/// Tiles [first, first + count).
struct Range {
  std::int64_t first, count;
};

/// Words [begin, end) of the `words` that start at tile `first`, each of Loops::per_word tiles.
struct WordRange {
  std::int64_t first, words, begin, end;
};

/// Weight [O, 3, 3, I] of a convolution.
struct Weight {
  const float* values;
  std::int64_t out, in;
};

/// A factor of a product: word w of row r is words[r * row + w * word].
struct Rows {
  const Word* words;
  std::int64_t row, word;
};

/// The loops for one kind of processor, of images and of products. T: float or BFloat16.
template <typename T>
struct Loops {
  const char* name;
  std::int64_t per_word;  ///< values of a word: 1 or 2
  std::int64_t panel;     ///< channels of convolved image and result are multiples of this
  std::int64_t rows;      ///< rows of a product are a multiple of this, or a panel

  /// Kernels for multiply(), one panel: [panel of O, positions, I / per_word, panel]; not kDown.
  void (*transform_kernel)(Kind, const Weight&, std::int64_t of_panel, Word* positions);
  /// The same for the gradient of the image, where O and I change places, and the kernel of a
  /// convolution without up-sampling is turned by 180 degrees: [panel of I, positions, O /
  /// per_word, panel]; not kUp.
  void (*transform_transposed_kernel)(Kind, const Weight&, std::int64_t of_panel, Word* positions);

  /// B^T d B of the tiles: [positions, range.count, row], of whose rows the first channels /
  /// per_word words are written. What lies outside the image is 0.
  void (*transform_patches)(const Tiling&, const T* image, std::int64_t channels,
                            const Range& range, std::int64_t row, Word* positions);
  /// The same with neighbouring tiles in a word: [positions, channels / panel, range.words, panel].
  /// Tiles past `tiles` are 0.
  void (*transform_patch_words)(const Tiling&, const T* image, std::int64_t channels,
                                const WordRange& range, std::int64_t tiles, Word* positions);
  /// A dY A^T of the result's gradient, in the arrangement of transform_patch_words. sums
  /// [channels] += the gradient.
  void (*transform_gradient_words)(const Tiling&, const T* gradient, std::int64_t channels,
                                   const WordRange& range, std::int64_t tiles, Word* positions,
                                   float* sums);

  /// result[r][n] (+)= sum over words w of rows(r, w) . panel[w][n], all products of a word added;
  /// n < panel, r < `count`, if that is no panel rounded up to a multiple of `rows`. `stride`: from
  /// one row of the result to the next.
  void (*multiply)(const Rows& rows, std::int64_t count, const Word* panel, std::int64_t words,
                   bool accumulate, float* result, std::int64_t stride);

  /// A^T M A + bias into one panel of the result's channels, from products [positions, range.count,
  /// panel]. `bias` may be null.
  void (*gather_results)(const Tiling&, const float* products, const float* bias,
                         std::int64_t channels, std::int64_t of_panel, const Range& range,
                         T* result);
  /// G^T dU G: gradients [positions, O, I] -> gradient [O, 3, 3, I] of the kernel, of one row of O.
  void (*gather_kernel_gradient)(Kind, const float* positions, std::int64_t out, std::int64_t in,
                                 std::int64_t row, float* gradient);
};

/// Those that this processor can run and that are faster than a direct convolution, the fastest
/// first. Environment variable ONEDNN_MAX_CPU_ISA (of oneDNN: AVX2, AVX512_CORE, ...) caps them.
template <typename T>
const std::vector<Loops<T>>& loops();

}  // namespace medcl::fast::winograd
