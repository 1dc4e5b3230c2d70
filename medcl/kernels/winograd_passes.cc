// SPDX-License-Identifier: Apache-2.0
#include "medcl/kernels/winograd_passes.h"

#include <algorithm>

#include "medcl/kernels/winograd_scratch.h"

namespace medcl::fast::winograd {
namespace {

/// Bytes of the transforms and products of a block of tiles: they stay in a core's cache while
/// results are made of them.
constexpr std::int64_t kBytesOfBlock = std::int64_t{1} << 20;
constexpr std::int64_t kMostTilesOfBlock = 96;
/// Words of a panel's kernel that stay in the first cache.
constexpr std::int64_t kWordsAtOnce = 256;

/// A convolution of x to y [B, out, ...], either the wanted one or that which leads from the
/// gradient of its result to that of its image.
template <typename T>
struct Convolution {
  const Way<T>& way;
  Tiling tiling;
  Weight weight;
  void (*transform_kernel)(Kind, const Weight&, std::int64_t, Word*);
  std::int64_t in, out, tiles;
  const T* x;
  const float* bias;
  T* y;

  [[nodiscard]] std::int64_t words() const { return in / way.loops.per_word; }
  /// From a tile to the next in its transform: rows at multiples of 1 KiB would share the few
  /// places that a cache has for such addresses.
  [[nodiscard]] std::int64_t row() const { return words() % 256 == 0 ? words() + 16 : words(); }
  [[nodiscard]] std::int64_t panels() const { return out / way.loops.panel; }
  [[nodiscard]] std::int64_t kernel_words() const {  // of a panel
    return tiling.positions() * words() * way.loops.panel;
  }

  /// As many tiles at a time as stay in the cache and as share the work evenly among the threads.
  [[nodiscard]] std::int64_t tiles_of_block() const {
    const std::int64_t bytes_of_tile =
        tiling.positions() * (words() + way.loops.panel) * kWordBytes;
    const std::int64_t most =
        std::clamp(kBytesOfBlock / bytes_of_tile, way.loops.rows, kMostTilesOfBlock);
    const std::int64_t threads = compute_threads();
    const std::int64_t rounds = at::divup(tiles, threads * most);
    return round_up(at::divup(tiles, rounds * threads), way.loops.rows);
  }

  /// Results of some tiles in one panel, by way of `products`.
  void make_results(const Word* patches, const Range& range, const Word* kernel,
                    std::int64_t of_panel, float* products) const {
    const std::int64_t panel = way.loops.panel;
    for (std::int64_t p = 0; p < tiling.positions(); ++p) {
      for (std::int64_t w = 0; w < words(); w += kWordsAtOnce) {
        way.loops.multiply({patches + p * range.count * row() + w, row(), 1}, range.count,
                           kernel + (p * words() + w) * panel, std::min(kWordsAtOnce, words() - w),
                           /*accumulate=*/w > 0, products + p * range.count * panel, panel);
      }
    }
    way.loops.gather_results(tiling, products, bias, out, of_panel, range, y);
  }

  /// Every block of tiles is transformed when it is its turn; all kernels are, before.
  void go_by_blocks() const {
    const Scratch<Word> kernels(panels() * kernel_words());
    for_each(panels(), [&](std::int64_t i) {
      transform_kernel(way.kind, weight, i, kernels.data() + i * kernel_words());
    });
    const std::int64_t step = tiles_of_block();
    share_out(at::divup(tiles, step), [&] {
      // Rows past the last tile of the last block are multiplied too and never read.
      return [&, patches = Scratch<Word>(tiling.positions() * step * row()),
              products =
                  Scratch<float>(tiling.positions() * step * way.loops.panel)](std::int64_t block) {
        const Range range{block * step, std::min(step, tiles - block * step)};
        way.loops.transform_patches(tiling, x, in, range, row(), patches.data());
        for (std::int64_t i = 0; i < panels(); ++i) {
          make_results(patches.data(), range, kernels.data() + i * kernel_words(), i,
                       products.data());
        }
      };
    });
  }

  /// Every panel of the kernel is transformed when it is its turn; all tiles are, before.
  void go_by_panels() const {
    const std::int64_t step = std::min(kMostTilesOfBlock, round_up(tiles, way.loops.rows));
    const std::int64_t blocks = at::divup(tiles, step);
    const std::int64_t block_words = tiling.positions() * step * row();
    const auto range_of = [&](std::int64_t block) {
      return Range{block * step, std::min(step, tiles - block * step)};
    };
    const Scratch<Word> patches(blocks * block_words);
    for_each(blocks, [&](std::int64_t block) {
      way.loops.transform_patches(tiling, x, in, range_of(block), row(),
                                  patches.data() + block * block_words);
    });
    share_out(panels(), [&] {
      return
          [&, kernel = Scratch<Word>(kernel_words()),
           products = Scratch<float>(tiling.positions() * step * way.loops.panel)](std::int64_t i) {
            transform_kernel(way.kind, weight, i, kernel.data());
            for (std::int64_t block = 0; block < blocks; ++block) {
              make_results(patches.data() + block * block_words, range_of(block), kernel.data(), i,
                           products.data());
            }
          };
    });
  }

  /// Keeps what is smaller.
  void go() const { tiles < out ? go_by_panels() : go_by_blocks(); }
};

/// Either convolution, of x to `out` channels, with the kernels that `transform_kernel` makes.
template <typename T>
torch::Tensor convolved(const torch::Tensor& x_bchw, const torch::Tensor& weight_oihw,
                        const float* bias, std::int64_t out, std::int64_t padding,
                        decltype(Loops<T>::transform_kernel) transform_kernel, const Way<T>& way) {
  const Tiling tiling = tiling_of(x_bchw, way.kind, padding);
  torch::Tensor y_bchw = torch::empty({x_bchw.size(0), out, tiling.out_height, tiling.out_width},
                                      x_bchw.options(), torch::MemoryFormat::ChannelsLast);
  Convolution<T>{.way = way,
                 .tiling = tiling,
                 .weight = weight_of(weight_oihw),
                 .transform_kernel = transform_kernel,
                 .in = x_bchw.size(1),
                 .out = out,
                 .tiles = x_bchw.size(0) * tiling.per_image(),
                 .x = values_of<T>(x_bchw),
                 .bias = bias,
                 .y = values_of<T>(y_bchw)}
      .go();
  return y_bchw;
}

}  // namespace

template <typename T>
torch::Tensor convolve(const torch::Tensor& x_bchw, const torch::Tensor& weight_oihw,
                       const torch::Tensor& bias, const Shape& shape, const Way<T>& way) {
  return convolved<T>(x_bchw, weight_oihw, bias.defined() ? bias.data_ptr<float>() : nullptr,
                      weight_oihw.size(0), shape.padding, way.loops.transform_kernel, way);
}

template <typename T>
torch::Tensor image_gradient(const torch::Tensor& dy_bchw, const torch::Tensor& weight_oihw,
                             const Shape& shape, const Way<T>& way) {
  return convolved<T>(dy_bchw, weight_oihw, /*bias=*/nullptr, weight_oihw.size(1),
                      2 - shape.padding, way.loops.transform_transposed_kernel, way);
}

#define MEDCL_PASSES(T)                                                                           \
  template torch::Tensor convolve(const torch::Tensor&, const torch::Tensor&,                     \
                                  const torch::Tensor&, const Shape&, const Way<T>&);             \
  template torch::Tensor image_gradient(const torch::Tensor&, const torch::Tensor&, const Shape&, \
                                        const Way<T>&);

MEDCL_PASSES(float)
MEDCL_PASSES(BFloat16)

}  // namespace medcl::fast::winograd
