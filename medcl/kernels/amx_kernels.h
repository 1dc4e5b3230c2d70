// SPDX-License-Identifier: Apache-2.0
#pragma once

// The inner loops of 3 x 3 convolutions of bfloat16 images on processors with matrix units (AMX),
// without libtorch: plain memory, one thread.
//
// A tile register holds 16 rows of 64 bytes. One instruction adds the product of two of them to a
// third: 16 rows of 32 values times 32 rows of 16 values, the latter as 16 rows of pairs, gives 16
// rows of 16 float32 sums. Source: Intel 64 and IA-32 Architectures Software Developer's Manual,
// volume 1, chapter 18, "Programming with Intel Advanced Matrix Extensions".
//
// Images are channels-last. Some of their rows are *staged*: copied with the zeros around them into
// memory that stays in a core's cache, with `pitch` pixels from a row to the next. There, the
// pixels that 16 neighbouring results see at one tap are 16 rows of a tile as they lie, and all
// columns of taps in a row of them are one long row: no matrix of patches is made.

#include <cstdint>
#include <vector>

#include "medcl/kernels/row_kernels.h"

namespace medcl::fast::amx {

constexpr std::int64_t kRows = 16;              ///< of a tile; also the columns of a tile of sums
constexpr std::int64_t kDepth = 32;             ///< values of a row of a tile of factors
constexpr std::int64_t kTile = kRows * kDepth;  ///< values of a tile of factors
constexpr std::int64_t kSums = kRows * kRows;   ///< values of a tile of sums
constexpr std::int64_t kPanelTiles = 2;  ///< tiles of channels of a result that are made at once
/// Groups of results are padded to a multiple of this by repetitions.
constexpr std::int64_t kGroupsAtOnce = 4;

/// Kernel taps [first_row, last_row] x [first_column, last_column] of a 3 x 3 kernel: where several
/// fall on the same pixel, as behind an up-sampling, their sum is what counts.
struct TapSum {
  std::int64_t first_row, last_row, first_column, last_column;
};

/// Weight [O, 3, 3, I] of a convolution; O a multiple of 16.
struct Weight {
  const float* values;
  std::int64_t out, in;
  /// Input channels as they are staged: a multiple of 16, those behind `in` with weight 0.
  std::int64_t staged_in;
};

/// One row of `columns` tap sums and the panel of 16 * tiles channels that starts at `channel`.
struct KernelRow {
  const TapSum* taps;
  std::int64_t columns, channel, tiles;
};

/// Results of a group that lie in one row of the image: `count` from position `first` of the group,
/// the first at pixel `pixel`.
struct Run {
  std::int64_t first, count, pixel;
};

/// Results in groups of up to 16 whose pixels follow each other in the staged rows.
struct Groups {
  std::vector<std::int64_t> pixels;      ///< of each group: where its first pixel is staged
  std::vector<Run> runs;                 ///< of all groups, one after the other
  std::vector<std::int64_t> first_runs;  ///< of each group, and behind the last
};

/// What the results of all groups in one panel of channels are made of.
struct Product {
  const BFloat16* staged;        ///< the pixel that the first tap of the first group sees
  std::int64_t channels;         ///< of a staged pixel
  std::int64_t row_values;       ///< from a staged row to the next
  std::int64_t pixel_step;       ///< staged pixels from a result to the next
  std::int64_t tap_rows, steps;  ///< rows of taps; products of tiles for each
  const BFloat16* kernel;        ///< [tap_rows, steps, tiles, kTile]
  const float* bias;             ///< of the panel, or null
  float slope;                   ///< of a LeakyReLU behind it, 0 to 1; 1 = none
  BFloat16* result;              ///< first channel of the panel of pixel 0
  std::int64_t result_channels, result_step;  ///< of a pixel; pixels from a result to the next
};

/// A tile of sums [16, 16] for a gradient of a kernel, rows `stride` floats apart.
struct SumTile {
  float* sums;
  std::int64_t stride;
};

/// The tiles whose products with others are summed: some that lie `step` values apart, and those
/// again `segment` values further on.
struct Factors {
  const BFloat16* first;
  std::int64_t step, segment;
};

/// How many tiles Factors are, and whether the sums so far count.
struct Length {
  std::int64_t segments, steps;
  bool accumulate;
};

struct Loops {
  /// These two enclose all calls of make_results and add_products in a thread.
  void (*begin)();
  void (*end)();

  /// Tiles of one row of taps for a result: [steps, tiles, kTile], steps = ceil(columns * staged_in
  /// / 32).
  void (*pack_kernel)(const Weight&, const KernelRow&, BFloat16* packed);
  /// The same for the gradient of the image, where O and I change places.
  void (*pack_transposed_kernel)(const Weight&, const KernelRow&, BFloat16* packed);
  /// The results of all groups in a panel of `tiles` (1 or 2) times 16 channels.
  void (*make_results)(const Groups&, const Product&, std::int64_t tiles);

  /// Channels [channel, channel + 16) of pixels 2 i and 2 i + 1, i < `pairs`, side by side: [pairs,
  /// 16, 2].
  void (*interleave)(const BFloat16* pixels, std::int64_t channels, std::int64_t channel,
                     std::int64_t pairs, BFloat16* to);
  /// Channels [channel, channel + 16) of 32 * tiles pixels as rows: [tiles, 16, 32].
  void (*transpose)(const BFloat16* pixels, std::int64_t channels, std::int64_t channel,
                    std::int64_t tiles, BFloat16* to);
  /// sums[r * columns + c] (+)= sum over all tiles of rows[r] times columns[c]. `rows` x `columns`:
  /// 2 x 1, 2 x 2, or 1 x 1 to 1 x 6.
  void (*add_products)(const Factors* rows, std::int64_t row_count, const Factors* columns,
                       std::int64_t column_count, const Length& length, const SumTile* sums);
};

/// Null where the processor or the system has no matrix units for bfloat16, or ONEDNN_MAX_CPU_ISA
/// forbids them.
const Loops* loops();

}  // namespace medcl::fast::amx
