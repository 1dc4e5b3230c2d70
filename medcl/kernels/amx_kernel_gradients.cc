// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <vector>

#include "medcl/kernels/amx_bands.h"
#include "medcl/kernels/amx_passes.h"
#include "medcl/kernels/amx_use.h"
#include "medcl/kernels/memory.h"
#include "medcl/kernels/parallel.h"
#include "medcl/kernels/scratch.h"

namespace medcl::fast::amx {
namespace {

/// Bytes of a part's own sums, below which parts of the image have own sums.
constexpr std::int64_t kBytesOfSums = std::int64_t{600} << 10;
/// Parts of all bands. A constant, so that sums do not depend on threads.
constexpr std::int64_t kMostParts = 16;
/// Where parts have no own sums: tiles of output channels for each of which the tiles of the image
/// are read once, and the bytes of such a chunk, which stay in a core's cache.
constexpr std::int64_t kTilesOfChunk = 8;
constexpr std::int64_t kBytesOfChunk = std::int64_t{768} << 10;
constexpr std::int64_t kMostColumns = 6;

BFloat16 one() { return {0x3f80}; }

struct Sums {
  float *kernel, *bias;
};

/// Products of bands and their sums.
struct Gradient : Bands {
  /// Sums [out, parts, taps, staged_in], and [out, 16] of equal columns for the bias.
  [[nodiscard]] std::int64_t row_sums() const { return parts() * taps_of_part() * staged_in; }
  [[nodiscard]] std::int64_t kernel_sums() const { return out * row_sums(); }
  [[nodiscard]] std::int64_t sums() const { return kernel_sums() + out * kRows; }

  /// What the rows of a part are multiplied with, and where the sums of row 0 go.
  void list_columns(std::int64_t part, const BFloat16* band, const Sums& sums,
                    std::vector<Factors>& columns, std::vector<SumTile>& sums_of_columns) const {
    for (std::int64_t tap = 0; tap < taps_of_part(); ++tap) {
      const std::int64_t pixel = tap_pixel(part, tap);
      const BFloat16* const pixels =
          band + pixel % 2 * in_tiles() * pairs() * kDepth + pixel / 2 * kDepth;
      float* const sum = sums.kernel + (part * taps_of_part() + tap) * staged_in;
      for (std::int64_t i = 0; i < in_tiles(); ++i) {
        columns.push_back({pixels + i * pairs() * kDepth, kTile, band_values()});
        sums_of_columns.push_back({sum + i * kRows, row_sums()});
      }
    }
  }

  /// The gradient of the bias: its columns are equal.
  void list_ones(const Sums& sums, std::vector<Factors>& columns,
                 std::vector<SumTile>& sums_of_columns) const {
    static const std::vector<BFloat16> ones(kTile, one());
    columns.push_back({ones.data(), 0, 0});
    sums_of_columns.push_back({sums.bias, kRows});
  }

  /// Products of some bands, in some tiles of output channels, for `sums` of them all.
  void add_bands(const BFloat16* bands, std::int64_t count, std::int64_t first_tile,
                 std::int64_t last_tile, bool accumulate, const Sums& sums) const {
    const std::int64_t most_rows = std::min<std::int64_t>(last_tile - first_tile, 2),
                       most_columns = most_rows == 2 ? 2 : kMostColumns;
    for (std::int64_t part = 0; part < parts(); ++part) {
      std::vector<Factors> columns;
      std::vector<SumTile> sums_of_columns;
      list_columns(part, bands, sums, columns, sums_of_columns);
      const auto kernel_columns = static_cast<std::int64_t>(columns.size());
      list_ones(sums, columns, sums_of_columns);
      const BFloat16* const gradient =
          bands + image_values() + part * out_tiles() * steps() * kTile;
      const auto add = [&](std::int64_t first, std::int64_t width, bool has_sums) {
        for (std::int64_t tile = first_tile; tile < last_tile; tile += most_rows) {
          const std::int64_t height = std::min(most_rows, last_tile - tile);
          std::array<Factors, 2> rows{};
          std::array<SumTile, kMostColumns> tiles{};
          for (std::int64_t r = 0; r < height; ++r) {
            rows[r] = {gradient + (tile + r) * steps() * kTile, kTile, band_values()};
            for (std::int64_t i = 0; i < width; ++i) {
              const SumTile& sum = sums_of_columns[first + i];
              tiles[r * width + i] = {sum.sums + (tile + r) * kRows * sum.stride, sum.stride};
            }
          }
          loops.add_products(rows.data(), height, &columns[first], width,
                             {count, steps(), has_sums}, tiles.data());
        }
      };
      for (std::int64_t c = 0; c < kernel_columns; c += most_columns) {
        add(c, std::min(most_columns, kernel_columns - c), accumulate);
      }
      add(kernel_columns, 1, accumulate || part > 0);
    }
  }

  [[nodiscard]] Sums sums_at(float* values) const { return {values, values + kernel_sums()}; }

  /// Few channels: parts of the bands have own sums.
  void go_by_parts(const KernelGradients& result) const {
    const std::int64_t count = std::min(kMostParts, bands());
    const Scratch<float> own_sums(count * sums());
    share_out(count, [&] {
      return [&, use = TileUse(loops), staged = Scratch<BFloat16>(staged_values()),
              band = Scratch<BFloat16>(band_values())](std::int64_t i) {
        const std::int64_t first = bands() * i / count;
        for (std::int64_t b = first; b < bands() * (i + 1) / count; ++b) {
          make(b, staged.data(), band.data());
          add_bands(band.data(), 1, 0, out_tiles(), b > first,
                    sums_at(own_sums.data() + i * sums()));
        }
      };
    });
    for_each(out, [&](std::int64_t row) { gather_row(own_sums.data(), count, row, result); });
  }

  /// Many channels: all threads arrange the bands of a round, then each sums the products of some
  /// output channels.
  void go_by_rounds(const KernelGradients& result) const {
    const std::int64_t most =
        std::clamp<std::int64_t>(kBytesOfChunk / (kTilesOfChunk * steps() * kTile * 2), 1, bands());
    const std::int64_t rounds = at::divup(bands(), most), round = at::divup(bands(), rounds);
    const std::int64_t chunk =
        std::min(kTilesOfChunk, std::max<std::int64_t>(2, out_tiles() / compute_threads()));
    // Where each sum is the gradient of one tap, it is made in its place.
    const bool in_place = grid.kind == Kind::kPlain && in == staged_in;
    const Scratch<float> own_sums(in_place ? out * kRows : sums());
    const Sums all_sums = in_place ? Sums{result.weight.data_ptr<float>(), own_sums.data()}
                                   : sums_at(own_sums.data());
    const Scratch<BFloat16> all_bands(round * band_values());
    for (std::int64_t first = 0; first < bands(); first += round) {
      const std::int64_t count = std::min(round, bands() - first);
      share_out(count, [&] {
        return [&, staged = Scratch<BFloat16>(staged_values())](std::int64_t i) {
          make(first + i, staged.data(), all_bands.data() + i * band_values());
        };
      });
      share_out(at::divup(out_tiles(), chunk), [&] {
        return [&, use = TileUse(loops)](std::int64_t i) {
          add_bands(all_bands.data(), count, i * chunk, std::min((i + 1) * chunk, out_tiles()),
                    first > 0, all_sums);
        };
      });
    }
    if (in_place) {
      for (std::int64_t row = 0; row < out; ++row) {
        result.bias.data_ptr<float>()[row] = all_sums.bias[row * kRows];
      }
    } else {
      for_each(out, [&](std::int64_t row) { gather_row(own_sums.data(), 1, row, result); });
    }
  }

  /// The gradients of one row of `out` from `count` sums, each of them of parts and taps.
  void gather_row(float* all_sums, std::int64_t count, std::int64_t row,
                  const KernelGradients& result) const {
    float* const kernel = result.weight.data_ptr<float>() + row * 9 * in;
    std::fill(kernel, kernel + 9 * in, 0.0F);
    float bias = 0.0F;
    for (std::int64_t i = 0; i < count; ++i) {
      const Sums own = sums_at(all_sums + i * sums());
      bias += own.bias[row * kRows];
      for (std::int64_t tap = 0; tap < parts() * taps_of_part(); ++tap) {
        add_tap(tap / taps_of_part(), tap % taps_of_part(),
                own.kernel + row * row_sums() + tap * staged_in, kernel);
      }
    }
    result.bias.data_ptr<float>()[row] = bias;
  }

  /// A tap's sum is the gradient of all kernel taps that fall on it.
  void add_tap(std::int64_t part, std::int64_t tap, const float* sum, float* kernel) const {
    const std::int64_t columns = grid.form().tap_columns;
    const TapSum taps = tap_sum_of(grid.kind, part, tap / columns, tap % columns);
    for (std::int64_t row = taps.first_row; row <= taps.last_row; ++row) {
      for (std::int64_t column = taps.first_column; column <= taps.last_column; ++column) {
        float* const to = kernel + (row * 3 + column) * in;
        for (std::int64_t c = 0; c < in; ++c) to[c] += sum[c];
      }
    }
  }

  void go(const KernelGradients& result) const {
    const bool is_small = sums() * static_cast<std::int64_t>(sizeof(float)) <= kBytesOfSums;
    is_small ? go_by_parts(result) : go_by_rounds(result);
  }
};

}  // namespace

KernelGradients kernel_gradients(const torch::Tensor& x_bchw, const torch::Tensor& dy_bchw,
                                 const torch::Tensor& weight_oihw, const Shape& shape) {
  const std::int64_t out = weight_oihw.size(0), in = weight_oihw.size(1);
  const KernelGradients result{
      torch::empty({out, in, 3, 3}, weight_oihw.options(), torch::MemoryFormat::ChannelsLast),
      torch::empty({out})};
  const Bands bands{
      .loops = *loops(),
      .grid = {shape.up ? Kind::kUp : Kind::kPlain, x_bchw.size(2), x_bchw.size(3), shape.padding},
      .images = x_bchw.size(0),
      .in = in,
      .staged_in = staged_channels(in),
      .out = out,
      .x = values_of<BFloat16>(x_bchw),
      .dy = values_of<BFloat16>(dy_bchw)};
  Gradient{bands}.go(result);
  return result;
}

}  // namespace medcl::fast::amx
