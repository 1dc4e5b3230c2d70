// SPDX-License-Identifier: Apache-2.0
#pragma once

// Bands of rows of an image and of its result's gradient, arranged as factors of products over
// pixels. Internal to amx_kernel_gradients.cc.

#include <torch/torch.h>

#include <algorithm>

#include "medcl/kernels/amx_grid.h"
#include "medcl/kernels/scratch.h"

namespace medcl::fast::amx {

/// The gradient of a kernel is made of products over pixels: of the result's gradient, with its
/// channels as rows, and the image, in pairs of pixels. Such pairs begin at even or at odd pixels,
/// as a tap's distance from the first one wants it; both are made. A band is [2, in_tiles, pairs,
/// 16, 2] of the image, behind it [parts, out_tiles, steps, 16, 32] of the result's gradient.
struct Bands {
  /// Positions whose pixels are staged and rearranged together.
  static constexpr std::int64_t kPositions = 2048;

  const Loops& loops;
  Grid grid;
  std::int64_t images, in, staged_in, out;
  const BFloat16 *x, *dy;

  [[nodiscard]] std::int64_t parts() const { return grid.form().parts; }
  [[nodiscard]] std::int64_t taps_of_part() const {
    return grid.form().tap_rows * grid.form().tap_columns;
  }
  /// From a row of positions to the next: pairs of pixels begin anew with every row.
  [[nodiscard]] std::int64_t pitch() const { return round_up(grid.pitch(), 2); }
  [[nodiscard]] std::int64_t tap_pixel(std::int64_t part, std::int64_t tap) const {
    const std::int64_t columns = grid.form().tap_columns;
    const std::int64_t row = part / 2 + tap / columns, column = part % 2 + tap % columns;
    return row * pitch() + column;
  }
  [[nodiscard]] std::int64_t in_tiles() const { return staged_in / kRows; }
  [[nodiscard]] std::int64_t out_tiles() const { return out / kRows; }

  [[nodiscard]] std::int64_t rows_of_band() const {
    const std::int64_t most = std::clamp<std::int64_t>(kPositions / pitch(), 1, grid.rows());
    return at::divup(grid.rows(), at::divup(grid.rows(), most));
  }
  [[nodiscard]] std::int64_t bands_of_image() const {
    return at::divup(grid.rows(), rows_of_band());
  }
  [[nodiscard]] std::int64_t bands() const { return images * bands_of_image(); }

  [[nodiscard]] std::int64_t steps() const { return at::divup(rows_of_band() * pitch(), kDepth); }
  [[nodiscard]] std::int64_t pairs() const { return steps() * kDepth / 2 + pitch() + 2; }
  [[nodiscard]] std::int64_t image_values() const { return 2 * in_tiles() * pairs() * kDepth; }
  [[nodiscard]] std::int64_t band_values() const {
    return image_values() + parts() * out_tiles() * steps() * kTile;
  }

  /// Staged pixels as they lie: a row of the image and the pixel behind it, or all positions of the
  /// result's gradient.
  [[nodiscard]] std::int64_t staged_values() const {
    return std::max((pitch() + 1) * staged_in, steps() * kDepth * out);
  }

  /// Band `index` of bands(). `staged`: memory for staged_values().
  void make(std::int64_t index, BFloat16* staged, BFloat16* band) const;

 private:
  void arrange_image(std::int64_t image, std::int64_t first_row, std::int64_t rows,
                     BFloat16* staged, BFloat16* to) const;
  void arrange_gradient(std::int64_t image, std::int64_t first_row, std::int64_t rows,
                        std::int64_t part, BFloat16* staged, BFloat16* to) const;
};

}  // namespace medcl::fast::amx
