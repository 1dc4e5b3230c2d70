// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "medcl/kernels/winograd_passes.h"
#include "medcl/kernels/winograd_scratch.h"

namespace medcl::fast::winograd {
namespace {

/// Bytes of a part's own sums over its tiles, if parts have own sums, and of the transforms whose
/// products are added to them at a time: both stay in a core's cache.
constexpr std::int64_t kBytesOfSums = std::int64_t{600} << 10;
constexpr std::int64_t kBytesOfPart = std::int64_t{300} << 10;
/// Parts of all tiles. Constants, so that sums do not depend on threads.
constexpr std::int64_t kMostParts = 16, kLeastTilesOfPart = 64;

/// Bytes of the transforms of a round where parts have no own sums, and the words this may be.
constexpr std::int64_t kBytesOfRound = std::int64_t{8} << 20;
constexpr std::int64_t kLeastWordsOfRound = 128, kMostWordsOfRound = 1024;
/// Words of tiles whose gradients are summed on their own.
constexpr std::int64_t kWordsOfChunk = 16;

/// Words of tiles summed in registers before the next go to the sum in memory.
constexpr std::int64_t kWordsAtOnce = 128;

void add_up(const torch::Tensor& parts, torch::Tensor total) { torch::sum_out(total, parts, {0}); }

/// The products of dM x V and their sums over all tiles.
template <typename T>
struct Gradient {
  const Way<T>& way;
  Tiling tiling;
  std::int64_t in, out, tiles;
  const T *x, *dy;

  [[nodiscard]] std::int64_t positions() const { return tiling.positions(); }
  [[nodiscard]] std::int64_t sums() const { return positions() * in * out; }
  [[nodiscard]] std::int64_t bytes_of_word() const { return positions() * (in + out) * kWordBytes; }

  /// sum [positions, out, in] (+)= dM x V in one panel of `out`, whose row 0 `sum` is; both factors
  /// in panels of channels, of `words` words.
  void add_products(const Word* gradients, const Word* patches, std::int64_t words,
                    std::int64_t of_panel, bool accumulate, float* sum,
                    std::int64_t position_step) const {
    const std::int64_t panel = way.loops.panel, out_panels = out / panel, in_panels = in / panel;
    for (std::int64_t p = 0; p < positions(); ++p) {
      for (std::int64_t first = 0; first < words; first += kWordsAtOnce) {
        const Word* const m = gradients + ((p * out_panels + of_panel) * words + first) * panel;
        for (std::int64_t i = 0; i < in_panels; ++i) {
          const Word* const v = patches + ((p * in_panels + i) * words + first) * panel;
          way.loops.multiply({m, 1, panel}, panel, v, std::min(kWordsAtOnce, words - first),
                             accumulate || first > 0, sum + p * position_step + i * panel, in);
        }
      }
    }
  }

  /// The same in all panels.
  void add_all_products(const Word* gradients, const Word* patches, std::int64_t words,
                        float* sum) const {
    for (std::int64_t i = 0; i < out / way.loops.panel; ++i) {
      add_products(gradients, patches, words, i, /*accumulate=*/true,
                   sum + i * way.loops.panel * in, out * in);
    }
  }

  /// Few channels: parts of the tiles have own sums.
  void go_by_parts(float* gradient, const torch::Tensor& bias) const {
    const std::int64_t per_word = way.loops.per_word;
    const std::int64_t parts = std::min(kMostParts, at::divup(tiles, kLeastTilesOfPart));
    const std::int64_t part = round_up(at::divup(tiles, parts), per_word);
    const std::int64_t words =
        std::clamp<std::int64_t>(kBytesOfPart / bytes_of_word(), 16, kWordsAtOnce);
    const Scratch<float> part_sums(parts * sums());
    const torch::Tensor part_biases = torch::zeros({parts, out});
    for_each(parts, [&](std::int64_t i) {
      const Scratch<Word> patches(positions() * in * words), gradients(positions() * out * words);
      float* const own = part_sums.data() + i * sums();
      std::fill(own, own + sums(), 0.0F);
      const std::int64_t last = std::min((i + 1) * part, tiles);
      for (std::int64_t first = i * part; first < last; first += words * per_word) {
        const std::int64_t count = std::min(words, at::divup(last - first, per_word));
        const WordRange range{first, count, 0, count};
        way.loops.transform_patch_words(tiling, x, in, range, last, patches.data());
        way.loops.transform_gradient_words(tiling, dy, out, range, last, gradients.data(),
                                           part_biases.data_ptr<float>() + i * out);
        add_all_products(gradients.data(), patches.data(), count, own);
      }
    });
    for_each(out, [&](std::int64_t row) { gather_row(part_sums.data(), parts, row, gradient); });
    add_up(part_biases, bias);
  }

  /// The kernel's gradient of one row of `out` from the sums of all parts, which go to the first.
  void gather_row(float* part_sums, std::int64_t parts, std::int64_t row, float* gradient) const {
    for (std::int64_t p = 0; p < positions(); ++p) {
      float* const total = part_sums + (p * out + row) * in;
      for (std::int64_t i = 1; i < parts; ++i) {
        for (std::int64_t c = 0; c < in; ++c) total[c] += total[i * sums() + c];
      }
    }
    way.loops.gather_kernel_gradient(way.kind, part_sums, out, in, row, gradient);
  }

  /// Many channels: all threads transform the tiles of a round, then each sums the products of
  /// its panels, which stay in its cache where one round is enough.
  void go_by_rounds(float* gradient, const torch::Tensor& bias) const {
    const std::int64_t per_word = way.loops.per_word, panel = way.loops.panel;
    const std::int64_t most =
        std::clamp(kBytesOfRound / bytes_of_word(), kLeastWordsOfRound, kMostWordsOfRound);
    const std::int64_t rounds = at::divup(at::divup(tiles, per_word), most);
    const std::int64_t words = at::divup(at::divup(tiles, per_word), rounds);
    const std::int64_t chunks = at::divup(words, kWordsOfChunk),
                       panel_sums = sums() / (out / panel);
    const Scratch<Word> patches(positions() * in * words), gradients(positions() * out * words);
    const Scratch<float> all_sums(rounds > 1 ? sums() : 0);
    const torch::Tensor chunk_biases = torch::zeros({chunks, out});
    for (std::int64_t round = 0; round < rounds; ++round) {
      for_each(chunks, [&](std::int64_t chunk) {
        const WordRange range{round * words * per_word, words, chunk * kWordsOfChunk,
                              std::min((chunk + 1) * kWordsOfChunk, words)};
        way.loops.transform_patch_words(tiling, x, in, range, tiles, patches.data());
        way.loops.transform_gradient_words(tiling, dy, out, range, tiles, gradients.data(),
                                           chunk_biases.data_ptr<float>() + chunk * out);
      });
      share_out(out / panel, [&] {
        return [&, own = Scratch<float>(rounds > 1 ? 0 : panel_sums)](std::int64_t i) {
          float* const sum = rounds > 1 ? all_sums.data() + i * panel_sums : own.data();
          add_products(gradients.data(), patches.data(), words, i, round > 0, sum, panel * in);
          for (std::int64_t row = 0; round + 1 == rounds && row < panel; ++row) {
            way.loops.gather_kernel_gradient(way.kind, sum, panel, in, row,
                                             gradient + i * panel * 9 * in);
          }
        };
      });
    }
    add_up(chunk_biases, bias);
  }

  void go(float* gradient, const torch::Tensor& bias) const {
    const bool is_small = sums() * static_cast<std::int64_t>(sizeof(float)) <= kBytesOfSums;
    is_small ? go_by_parts(gradient, bias) : go_by_rounds(gradient, bias);
  }
};

}  // namespace

template <typename T>
KernelGradients kernel_gradients(const torch::Tensor& x_bchw, const torch::Tensor& dy_bchw,
                                 const torch::Tensor& weight_oihw, const Shape& shape,
                                 const Way<T>& way) {
  const Tiling tiling = tiling_of(x_bchw, way.kind, shape.padding);
  const std::int64_t out = weight_oihw.size(0), in = weight_oihw.size(1);
  KernelGradients result{
      torch::empty({out, in, 3, 3}, weight_oihw.options(), torch::MemoryFormat::ChannelsLast),
      torch::empty({out})};
  Gradient<T>{.way = way,
              .tiling = tiling,
              .in = in,
              .out = out,
              .tiles = x_bchw.size(0) * tiling.per_image(),
              .x = values_of<T>(x_bchw),
              .dy = values_of<T>(dy_bchw)}
      .go(result.weight.data_ptr<float>(), result.bias);
  return result;
}

#define MEDCL_KERNEL_GRADIENTS(T)                                                       \
  template KernelGradients kernel_gradients(const torch::Tensor&, const torch::Tensor&, \
                                            const torch::Tensor&, const Shape&, const Way<T>&);

MEDCL_KERNEL_GRADIENTS(float)
MEDCL_KERNEL_GRADIENTS(BFloat16)

}  // namespace medcl::fast::winograd
