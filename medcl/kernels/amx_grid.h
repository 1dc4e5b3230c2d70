// SPDX-License-Identifier: Apache-2.0
#pragma once

// How the results of a convolution become rows of tiles (amx_kernels.h): their grid, its groups of
// 16, and the staged rows of the image that they see. Internal to the amx_*.cc files.

#include <cstdint>

#include "medcl/kernels/amx_kernels.h"

namespace medcl::fast::amx {

enum class Kind {
  kPlain,   ///< 3 x 3 convolution
  kTurned,  ///< the same with the kernel turned by 180 degrees: the gradient of its image
  kUp,      ///< nearest up-sampling by 2, then 3 x 3 convolution with padding 1
  kDown,    ///< the gradient of the image of kUp, from that of its result
};

/// A convolution as products of matrices. With kUp each parity of rows and columns of the result is
/// one of its own, of 2 x 2 taps of the small image; with kDown a result sees 4 x 4 taps, two
/// pixels from one result to the next.
struct Form {
  std::int64_t parts, tap_rows, tap_columns, image_step, result_step;
};

constexpr Form form_of(Kind kind) {
  switch (kind) {
    case Kind::kPlain:
    case Kind::kTurned:
      return {1, 3, 3, 1, 1};
    case Kind::kUp:
      return {4, 2, 2, 1, 2};
    case Kind::kDown:
      return {1, 4, 4, 2, 1};
  }
  return {};
}

/// The results of one part, which of them lie where, and what they see.
struct Grid {
  Kind kind;
  std::int64_t height, width;  ///< of the convolved image
  std::int64_t padding;

  [[nodiscard]] Form form() const { return form_of(kind); }
  [[nodiscard]] std::int64_t rows() const { return results(height); }
  [[nodiscard]] std::int64_t columns() const { return results(width); }
  [[nodiscard]] std::int64_t out_height() const { return rows() * form().result_step; }
  [[nodiscard]] std::int64_t out_width() const { return columns() * form().result_step; }
  /// Pixels from a staged row to the next.
  [[nodiscard]] std::int64_t pitch() const { return form().image_step * columns() + 2; }
  /// Staged rows that `count` rows of the grid see.
  [[nodiscard]] std::int64_t staged_rows(std::int64_t count) const {
    return form().image_step * count + 2;
  }
  /// The staged pixel that the first result of a part sees at its first tap.
  [[nodiscard]] std::int64_t first_pixel(std::int64_t part) const {
    return form().parts > 1 ? part / 2 * pitch() + part % 2 : 0;
  }
  /// That result's pixel in the image of results.
  [[nodiscard]] std::int64_t first_result(std::int64_t part) const {
    return form().parts > 1 ? part / 2 * out_width() + part % 2 : 0;
  }

 private:
  [[nodiscard]] std::int64_t results(std::int64_t side) const {
    switch (kind) {
      case Kind::kUp:
        return side;
      case Kind::kDown:
        return side / 2;
      default:
        return side + 2 * padding - 2;
    }
  }
};

/// The taps of the 3 x 3 kernel whose sum is the weight of a tap of a part.
TapSum tap_sum_of(Kind kind, std::int64_t part, std::int64_t row, std::int64_t column);

/// Groups of the results in `rows` rows of a grid, the first of which sees the first staged pixel.
/// They follow the rows, or run on from a row to the next, whichever takes fewer.
Groups groups_of(const Grid& grid, std::int64_t rows);

/// Of the image [height, width, channels], some rows with zeros around it.
struct StagedRows {
  const BFloat16* image;
  std::int64_t height, width, channels;
  std::int64_t staged_channels;       ///< those behind `channels` are 0
  std::int64_t row_step, pixel_step;  ///< of the pixels that are taken; 1, or 2 for every second
  std::int64_t first_row;             ///< the first staged one, of the taken ones; may be negative
  std::int64_t rows, padding, pitch;
};

/// Images [height, width, channels] one behind the other, and their channels as they are staged.
struct Images {
  const BFloat16* values;
  std::int64_t channels, staged_channels;
};

/// What a convolution sees of an image: `rows` rows from `first`, counted with those of the
/// padding.
StagedRows padded_rows(const Grid& grid, const Images& images, std::int64_t image,
                       std::int64_t first, std::int64_t rows, std::int64_t pitch);

/// [rows, pitch, staged_channels]; behind them `slack` pixels of zeros.
void stage(const StagedRows& rows, std::int64_t slack, BFloat16* to);

}  // namespace medcl::fast::amx
