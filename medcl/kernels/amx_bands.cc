// SPDX-License-Identifier: Apache-2.0
#include "medcl/kernels/amx_bands.h"

namespace medcl::fast::amx {

void Bands::make(std::int64_t index, BFloat16* staged, BFloat16* band) const {
  const std::int64_t image = index / bands_of_image(),
                     first_row = index % bands_of_image() * rows_of_band();
  const std::int64_t rows = std::min(rows_of_band(), grid.rows() - first_row);
  arrange_image(image, first_row, rows, staged, band);
  for (std::int64_t part = 0; part < parts(); ++part) {
    arrange_gradient(image, first_row, rows, part, staged,
                     band + image_values() + part * out_tiles() * steps() * kTile);
  }
}

void Bands::arrange_image(std::int64_t image, std::int64_t first_row, std::int64_t rows,
                          BFloat16* staged, BFloat16* to) const {
  const std::int64_t pairs_of_row = pitch() / 2, staged_rows = grid.staged_rows(rows);
  const auto plane = [&](std::int64_t odd, std::int64_t tile) {
    return to + (odd * in_tiles() + tile) * pairs() * kDepth;
  };
  for (std::int64_t row = 0; row < staged_rows; ++row) {
    stage(padded_rows(grid, {x, in, staged_in}, image, first_row + row, /*rows=*/1, pitch()),
          /*slack=*/1, staged);
    for (std::int64_t odd = 0; odd < 2; ++odd) {
      for (std::int64_t i = 0; i < in_tiles(); ++i) {
        loops.interleave(staged + odd * staged_in, staged_in, i * kRows, pairs_of_row,
                         plane(odd, i) + row * pairs_of_row * kDepth);
      }
    }
  }
  for (std::int64_t i = 0; i < 2 * in_tiles(); ++i) {
    std::fill(plane(0, i) + staged_rows * pairs_of_row * kDepth, plane(0, i) + pairs() * kDepth,
              BFloat16{0});
  }
}

void Bands::arrange_gradient(std::int64_t image, std::int64_t first_row, std::int64_t rows,
                             std::int64_t part, BFloat16* staged, BFloat16* to) const {
  const std::int64_t step = grid.form().result_step;
  stage(
      {.image = dy + (image * grid.out_height() * grid.out_width() + grid.first_result(part)) * out,
       .height = grid.out_height(),
       .width = grid.out_width(),
       .channels = out,
       .staged_channels = out,
       .row_step = step,
       .pixel_step = step,
       .first_row = first_row,
       .rows = rows,
       .padding = 0,
       .pitch = pitch()},
      steps() * kDepth - rows * pitch(), staged);
  for (std::int64_t i = 0; i < out_tiles(); ++i, to += steps() * kTile) {
    loops.transpose(staged, out, i * kRows, steps(), to);
  }
}

}  // namespace medcl::fast::amx
