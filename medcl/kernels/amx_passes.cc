// SPDX-License-Identifier: Apache-2.0
#include "medcl/kernels/amx_passes.h"

#include <algorithm>

#include "medcl/kernels/amx_grid.h"
#include "medcl/kernels/amx_use.h"
#include "medcl/kernels/memory.h"
#include "medcl/kernels/parallel.h"
#include "medcl/kernels/scratch.h"

namespace medcl::fast::amx {
namespace {

/// Bytes of staged rows: they stay in a core's cache while results are made of them.
constexpr std::int64_t kBytesOfBand = std::int64_t{704} << 10;
/// Pieces of work for each thread, below which panels are shared out too.
constexpr std::int64_t kPiecesOfThread = 4;

/// A convolution of x to y [B, out, ...], either the wanted one or that which leads from the
/// gradient of its result to that of its image.
struct Convolution {
  const Loops& loops;
  Grid grid;
  Weight weight;
  void (*pack)(const Weight&, const KernelRow&, BFloat16*);
  std::int64_t images, in, staged_in, out;
  const BFloat16* x;
  const float* bias;
  float slope;
  BFloat16* y;

  [[nodiscard]] std::int64_t panel() const { return kPanelTiles * kRows; }
  [[nodiscard]] std::int64_t panels() const { return at::divup(out, panel()); }
  [[nodiscard]] std::int64_t tiles_of(std::int64_t of_panel) const {
    return std::min(kPanelTiles, out / kRows - of_panel * kPanelTiles);
  }
  /// Products of tiles for a row of taps.
  [[nodiscard]] std::int64_t steps() const {
    return at::divup(grid.form().tap_columns * staged_in, kDepth);
  }
  [[nodiscard]] std::int64_t kernel_values(std::int64_t tiles) const {  // of a part
    return grid.form().tap_rows * steps() * tiles * kTile;
  }
  [[nodiscard]] std::int64_t panel_values() const {
    return grid.form().parts * kernel_values(kPanelTiles);
  }
  /// Pixels behind the staged rows that groups at their end reach into.
  [[nodiscard]] std::int64_t slack() const { return kRows * grid.form().image_step + 4; }

  /// Rows of the grid that are made of the same staged rows.
  [[nodiscard]] std::int64_t rows_of_band() const {
    const std::int64_t bytes = grid.form().image_step * grid.pitch() * staged_in * 2;
    const std::int64_t most = std::clamp<std::int64_t>(kBytesOfBand / bytes, 1, grid.rows());
    return at::divup(grid.rows(), at::divup(grid.rows(), most));
  }

  /// Kernels of one panel: [parts, tap_rows, steps, tiles, kTile].
  void pack_panel(std::int64_t of_panel, BFloat16* packed) const {
    const Form form = grid.form();
    const std::int64_t tiles = tiles_of(of_panel);
    for (std::int64_t part = 0; part < form.parts; ++part) {
      for (std::int64_t row = 0; row < form.tap_rows; ++row, packed += steps() * tiles * kTile) {
        TapSum taps[4];
        for (std::int64_t column = 0; column < form.tap_columns; ++column) {
          taps[column] = tap_sum_of(grid.kind, part, row, column);
        }
        pack(weight, {taps, form.tap_columns, of_panel * panel(), tiles}, packed);
      }
    }
  }

  /// Results of some rows of the grid of an image in some panels.
  void make_rows(std::int64_t image, std::int64_t first_row, const Groups& groups,
                 const BFloat16* staged, const BFloat16* kernels, std::int64_t first_panel,
                 std::int64_t last_panel) const {
    const Form form = grid.form();
    const std::int64_t first_pixel =
        (image * grid.out_height() + first_row * form.result_step) * grid.out_width();
    for (std::int64_t i = first_panel; i < last_panel; ++i) {
      const std::int64_t tiles = tiles_of(i);
      for (std::int64_t part = 0; part < form.parts; ++part) {
        loops.make_results(
            groups,
            {.staged = staged + grid.first_pixel(part) * staged_in,
             .channels = staged_in,
             .row_values = grid.pitch() * staged_in,
             .pixel_step = form.image_step,
             .tap_rows = form.tap_rows,
             .steps = steps(),
             .kernel = kernels + i * panel_values() + part * kernel_values(tiles),
             .bias = bias != nullptr ? bias + i * panel() : nullptr,
             .slope = slope,
             .result = y + (first_pixel + grid.first_result(part)) * out + i * panel(),
             .result_channels = out,
             .result_step = form.result_step},
            tiles);
      }
    }
  }

  void go() const {
    const Scratch<BFloat16> kernels(panels() * panel_values());
    for_each(panels(), [&](std::int64_t i) { pack_panel(i, kernels.data() + i * panel_values()); });
    const std::int64_t band = rows_of_band(), bands = at::divup(grid.rows(), band);
    const std::int64_t pieces = images * bands;
    const std::int64_t chunks =
        std::min(panels(), std::max<std::int64_t>(1, kPiecesOfThread * compute_threads() / pieces));
    const Groups whole = groups_of(grid, band),
                 rest = groups_of(grid, grid.rows() - (bands - 1) * band);
    const std::int64_t staged_pixels = grid.staged_rows(band) * grid.pitch() + slack();
    share_out(pieces * chunks, [&] {
      return [&, use = TileUse(loops),
              staged = Scratch<BFloat16>(staged_pixels * staged_in)](std::int64_t i) {
        const std::int64_t piece = i / chunks, chunk = i % chunks;
        const std::int64_t image = piece / bands, first_row = piece % bands * band;
        const std::int64_t rows = std::min(band, grid.rows() - first_row);
        stage(padded_rows(grid, {x, in, staged_in}, image, first_row * grid.form().image_step,
                          grid.staged_rows(rows), grid.pitch()),
              slack(), staged.data());
        make_rows(image, first_row, rows == band ? whole : rest, staged.data(), kernels.data(),
                  panels() * chunk / chunks, panels() * (chunk + 1) / chunks);
      };
    });
  }
};

/// Either convolution, of x to `out` channels.
torch::Tensor convolved(const torch::Tensor& x_bchw, const torch::Tensor& weight_oihw,
                        const torch::Tensor& bias, double slope, std::int64_t out, const Grid& grid,
                        decltype(Loops::pack_kernel) pack) {
  torch::Tensor y_bchw = torch::empty({x_bchw.size(0), out, grid.out_height(), grid.out_width()},
                                      x_bchw.options(), torch::MemoryFormat::ChannelsLast);
  Convolution{.loops = *loops(),
              .grid = grid,
              .weight = weight_of(weight_oihw),
              .pack = pack,
              .images = x_bchw.size(0),
              .in = x_bchw.size(1),
              .staged_in = staged_channels(x_bchw.size(1)),
              .out = out,
              .x = values_of<BFloat16>(x_bchw),
              .bias = bias.defined() ? bias.data_ptr<float>() : nullptr,
              .slope = static_cast<float>(slope),
              .y = values_of<BFloat16>(y_bchw)}
      .go();
  return y_bchw;
}

}  // namespace

bool can_convolve(std::int64_t in, std::int64_t out) {
  return loops() != nullptr && in > 0 && out > 0 && (in % kRows == 0 || in < kRows) &&
         out % kRows == 0;
}

torch::Tensor convolve(const torch::Tensor& x_bchw, const torch::Tensor& weight_oihw,
                       const torch::Tensor& bias, const Shape& shape, double slope) {
  const Grid grid{shape.up ? Kind::kUp : Kind::kPlain, x_bchw.size(2), x_bchw.size(3),
                  shape.padding};
  return convolved(x_bchw, weight_oihw, bias, slope, weight_oihw.size(0), grid,
                   loops()->pack_kernel);
}

torch::Tensor image_gradient(const torch::Tensor& dy_bchw, const torch::Tensor& weight_oihw,
                             const Shape& shape) {
  const Grid grid{shape.up ? Kind::kDown : Kind::kTurned, dy_bchw.size(2), dy_bchw.size(3),
                  2 - shape.padding};
  const std::int64_t in = weight_oihw.size(1), staged_in = staged_channels(in);
  const torch::Tensor dx_bchw = convolved(dy_bchw, weight_oihw, {}, /*slope=*/1.0, staged_in, grid,
                                          loops()->pack_transposed_kernel);
  return in == staged_in ? dx_bchw
                         : dx_bchw.narrow(1, 0, in).contiguous(torch::MemoryFormat::ChannelsLast);
}

}  // namespace medcl::fast::amx
